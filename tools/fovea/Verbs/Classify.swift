import ArgumentParser
import Fovea

/// `fovea classify`: what each picture shows.
struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what each picture shows: labels with probabilities.",
    discussion: """
      EXAMPLES
        fovea classify photo.jpg
        fovea classify photos/ --top 1 --json
        {"path":"photos/a.png","width":451,"height":300,"predictions":[…]}
      """)

  @OptionGroup var given: InputArguments
  @OptionGroup(title: "Model") var model: ModelArguments
  @Option(help: "How many of the most probable classes are told.")
  var top: Limit = Limit(5)
  @Flag(help: "Print JSON Lines: one object an image, as it finishes.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func run() throws {
    let inputs = try given.inputs(json: json)
    let classifier = try Classifier(model.source, options: running.options)
    Messages.tell(of: classifier.model)
    try inputs.forEach(json: json) { (file) throws(FoveaError) in
      let answer = try classifier.classify(file.source, top: top.value, images: images.options)
      Messages.warn(answer.warnings, about: file.path)
      StandardOutput.shared.answer(json: json, answer.json(file.path), answer.lines(file.path))
    }
  }
}

extension Classification {
  func json(_ path: String) -> OrderedJSON {
    [
      "path": .string(path), "width": .integer(width), "height": .integer(height),
      "predictions": .array(
        predictions.map {
          ["label": .string($0.label), "index": .integer($0.index), "probability": .single($0.probability)]
        }),
    ]
  }

  /// The path, then a line a class: probability and label.
  func lines(_ path: String) -> [String] {
    [path] + predictions.map { "  \(percent(Double($0.probability)))  \($0.label)" }
  }
}

/// A part of one as "62.4%", six characters wide at least.
func percent(_ fraction: Double) -> String {
  let text = "\((fraction * 1000).rounded() / 10)%"
  return String(repeating: " ", count: max(0, 6 - text.count)) + text
}
