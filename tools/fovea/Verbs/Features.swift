import ArgumentParser
import Fovea

/// `fovea features`: the network's maps as tensors.
struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a picture's feature maps, every stage and the logits, as safetensors.",
    discussion: """
      Each tensor is float32, (N, C, H, W), under its stage's name; the result is "logits".

      EXAMPLES
        fovea features photo.jpg -o features.safetensors --stage stage3 --stage logits
        fovea features --tensor input.safetensors -o features.safetensors
      """)

  @Argument(help: "An image file, or - for standard input.")
  var path: String?
  @Option(
    help: ArgumentHelp(
      "Instead of a picture, the tensor x of this file: (N, C, H, W), C of the model (3), normalised already; nothing is resized.",
      valueName: "file.safetensors"))
  var tensor: String?
  @OptionGroup(title: "Model") var model: ModelArguments
  @Option(
    name: [.customShort("o"), .long], help: ArgumentHelp("The file to write.", valueName: "out.safetensors"))
  var output: String
  @Option(help: ArgumentHelp("Only this stage; may be given again.", valueName: "name"))
  var stage: [String] = []
  @Flag(help: "Print a JSON object that tells what was written.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func validate() throws {
    guard (path == nil) != (tensor == nil) else {
      throw ValidationError("give either a picture or --tensor")
    }
  }

  func run() throws {
    let extractor = try FeatureExtractor(model.source, options: running.options)
    Messages.tell(of: extractor.model)
    let stages = stage.isEmpty ? nil : stage
    if let tensor {
      let output = try place(sparing: tensor)
      let channels = extractor.model.configuration.preprocessing.channels
      let features = try extractor.features(
        of: FeatureMap(tensor: "x", inFile: tensor, channels: channels), stages: stages)
      Messages.warn(try features.write(to: output), about: tensor)
      tell(features.names, features.maps.map(\.shape))
    } else {
      let file = try InputFile.single(path ?? "-")
      let output = try place(sparing: file.origin == .file ? file.path : nil)
      let summary = try extractor.writeFeatures(
        of: file.source, to: output, stages: stages, images: images.options)
      Messages.warn(summary.warnings, about: file.path)
      tell(summary.names, summary.shapes)
    }
  }

  /// Where the tensors go.
  private func place(sparing input: String?) throws(FoveaError) -> String {
    let path = try OutputFile(output, endings: ["safetensors"], spares: input, json: json).path
    try FileSystem.makeDirectory(FileSystem.folder(of: path))
    return path
  }

  private func tell(_ names: [String], _ maps: [Shape]) {
    let shapes = maps.map { [$0.batch, $0.channels, $0.height, $0.width] }
    guard json else {
      for (name, shape) in zip(names, shapes) {
        StandardOutput.shared.line("\(name)  \(shape.map(String.init).joined(separator: " x "))")
      }
      return
    }
    let tensors: [OrderedJSON] = zip(names, shapes).map { name, shape in
      ["name": .string(name), "shape": .array(shape.map(OrderedJSON.integer))]
    }
    StandardOutput.shared.line([
      "path": .string(path ?? tensor ?? "-"), "features": .string(output), "tensors": .array(tensors),
    ])
  }
}
