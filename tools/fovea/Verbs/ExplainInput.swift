import ArgumentParser
import Fovea

/// `fovea explain-input`: what the network will see of a picture, and every step on the way.
struct ExplainInput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain-input",
    abstract: "Tell every step from a file to the network's input, and write that input as a picture.",
    discussion: """
      With --raw, what the file itself holds: format, bits, warnings, and the SHA-256 of its samples before \
      anything is done to them (height x width x 3 bytes R, G, B; alpha apart).

      EXAMPLES
        fovea explain-input photo.jpg -m fovea_small_tiny_imagenet -o seen.png
        fovea explain-input photo.jpg --raw --json
      """)

  @Argument(help: "An image file, or - for standard input.")
  var path: String
  @OptionGroup(title: "Model") var model: ModelArguments
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Write the input, before it is normalised, as a PNG.", valueName: "x.png"))
  var output: String?
  @Flag(help: "Tell what the file holds, whatever a network would see.")
  var raw = false
  @Flag(help: "Print a JSON object.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func validate() throws {
    guard !raw || output == nil else { throw ValidationError("--raw writes no picture: leave out -o") }
  }

  func run() throws {
    let file = try InputFile.single(path)
    if raw { return try tellRaw(file) }
    let place = try output.map { (output) throws(FoveaError) in
      try OutputFile(
        output, endings: ["png"], spares: file.origin == .file ? file.path : nil, json: json
      ).path
    }
    let loaded = try LoadedModel(model.source, options: running.options)
    Messages.tell(of: loaded)
    let seen = try loaded.input(of: file.source, images: images.options)
    if let place { try seen.image.write(to: place) }
    guard !json else { return StandardOutput.shared.line(seen.json(file.path)) }
    Messages.warn(seen.warnings, about: file.path)
    for (index, step) in seen.steps.enumerated() {
      StandardOutput.shared.line("\(index + 1). \(step)")
    }
  }

  private func tellRaw(_ file: InputFile) throws(FoveaError) {
    let digest = try RawDigest(reading: file.source, options: images.options.decoding)
    guard !json else { return StandardOutput.shared.line(digest.json(file.path)) }
    Messages.warn(digest.warnings, about: file.path)
    let header = digest.header
    StandardOutput.shared.line(
      "\(header.format.rawValue)  \(header.width) x \(header.height)  \(header.storedAs)  \(header.bitDepth) bits"
    )
    StandardOutput.shared.line("rgb    \(digest.rgb)")
    if let alpha = digest.alpha { StandardOutput.shared.line("alpha  \(alpha)") }
  }
}

extension ImageHeader {
  /// What the file says, for both kinds of answer.
  fileprivate var pairs: [(key: String, value: OrderedJSON)] {
    [
      ("format", .string(format.rawValue)), ("width", .integer(width)), ("height", .integer(height)),
      ("bits", .integer(bitDepth)), ("stored_as", .string(storedAs)), ("alpha", .boolean(hasAlpha)),
      ("orientation", .integer(orientation.rawValue)),
    ]
  }
}

extension PreparedImage {
  fileprivate func json(_ path: String) -> OrderedJSON {
    .object(
      [("path", .string(path))] + header.pairs + [
        ("input_width", .integer(image.width)), ("input_height", .integer(image.height)),
        ("steps", .array(steps.map(OrderedJSON.string))), ("good_rows", .integer(goodRows)),
        ("warnings", .array(warnings.map(OrderedJSON.string))),
      ])
  }
}

extension RawDigest {
  fileprivate func json(_ path: String) -> OrderedJSON {
    .object(
      [("path", .string(path))] + header.pairs + [
        ("rgb_sha256", .string(rgb)), ("alpha_sha256", alpha.map(OrderedJSON.string) ?? .null),
        ("good_rows", .integer(goodRows)),
        ("warnings", .array(warnings.map(OrderedJSON.string))),
      ])
  }
}
