import ArgumentParser
import Fovea

/// What is said of a folder of labelled pictures.
struct DatasetArguments: ParsableArguments {
  @Option(help: "How the folder is laid out; without it told from the folder itself.")
  var layout: DatasetLayout?
  @Option(
    help: ArgumentHelp(
      "The label set of the folders or masks; without it the one that lies with masks, or the model's.",
      valueName: "name or file"))
  var dataset: String?
  @Option(
    help: ArgumentHelp(
      "A list of pictures and their classes: CSV, or a path and a class a line.", valueName: "file"))
  var labels: String?
  @Option(
    help: ArgumentHelp(
      "What masks' names have behind their pictures'; without it _mask, _masks, _labelIds and the like.",
      valueName: "suffix"))
  var maskSuffix: String?
  @Flag(help: "Refuse a folder of which anything would be left out, and classes that agree in number alone.")
  var strict = false

  /// The library's options.
  var options: DatasetOptions {
    var options = DatasetOptions()
    (options.layout, options.list, options.maskSuffix) = (layout, labels, maskSuffix)
    options.isStrict = strict
    return options
  }
}

extension DatasetLayout: ExpressibleByArgument {}

extension DatasetSplit: ExpressibleByArgument {
  /// A part as it is written on the command line, by any of its names.
  public init?(argument: String) { self.init(name: argument) }
}
