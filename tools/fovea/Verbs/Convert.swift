import ArgumentParser
import Fovea

/// `fovea convert`: from the checkpoint that authors published to a model folder.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn a published checkpoint into a model folder.",
    discussion: """
      Reads safetensors and PyTorch's .pt and .pth; nothing in a file is run. Without --architecture or --config \
      the family and the variant are recognised from the tensors' names and shapes.

      EXAMPLES
        fovea convert b1-r224.pt -o models/efficientvit_b1
        fovea convert model.safetensors -o models/mine --config config.json --labels labels.txt --dtype f16
      """)

  @Argument(help: "The checkpoint.")
  var checkpoint: String
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("The model folder to write; one that is there is replaced.", valueName: "dir"))
  var output: String
  @Option(help: ArgumentHelp("The architecture (see 'fovea models').", valueName: "name"))
  var architecture: String?
  @Option(help: ArgumentHelp("A config.json with the architecture's numbers.", valueName: "file"))
  var config: String?
  @Option(
    help: ArgumentHelp("Labels: a JSON array, a label set, or a name a line.", valueName: "file"))
  var labels: String?
  @Option(help: "What the weights are written as; without it their own type.")
  var dtype: WeightType?
  @Flag(help: "Take the moving average of the weights.")
  var ema = false
  @Flag(help: "Print a JSON object that tells what was written.")
  var json = false

  func validate() throws {
    guard architecture == nil || config == nil else {
      throw ValidationError("give --architecture or --config, not both")
    }
  }

  func run() throws {
    var options = Conversion.Options()
    options.architecture = architecture
    options.configurationFile = config
    options.labelsFile = labels
    options.elementType = dtype?.elementType
    options.averaged = ema
    let output = try OutputFile.folder(output)
    let conversion = try Conversion(of: checkpoint, options: options)
    for note in conversion.notes { Messages.tell("\(checkpoint): \(note)") }
    try conversion.write(to: output)
    guard json else {
      return StandardOutput.shared.line(
        "\(output)  \(conversion.configuration.name)  \(conversion.parameters) parameters")
    }
    StandardOutput.shared.line([
      "path": .string(output), "architecture": .string(conversion.configuration.name),
      "classes": conversion.configuration.classCount.map(OrderedJSON.integer) ?? .null,
      "parameters": .integer(conversion.parameters),
      "notes": .array(conversion.notes.map(OrderedJSON.string)),
    ])
  }
}

/// What weights are written as.
enum WeightType: String, ExpressibleByArgument, CaseIterable {
  case f32, f16, bf16

  var elementType: ElementType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    }
  }
}
