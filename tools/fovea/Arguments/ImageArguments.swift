import ArgumentParser
import Fovea

/// How a picture is read and brought to the network: the options of every verb that runs a model.
struct ImageArguments: ParsableArguments {
  @Option(help: "The colour behind transparent pixels: white, black or #RRGGBB.")
  var background: RGB = .white

  @Option(help: "Refuse an image of more pixels than this.")
  var maxPixels: Limit = Limit(DecodingLimits().pixels)

  @Option(help: "How a picture meets the network's size; native is its own size. Without it the model's way.")
  var fit: Fit?

  @Flag(help: "Leave the picture as it is stored, whatever its EXIF orientation says.")
  var noOrient = false

  @Flag(help: "Read pictures as Pillow's convert(\"RGB\") does: no colour profiles, alpha dropped.")
  var pilParity = false

  @Flag(name: .customLong("keep-16-bit"), help: "Keep 16-bit samples as float, not rounded to 8 bits.")
  var keep16Bit = false

  @Flag(help: "Keep the good rows of a file that ends early.")
  var allowTruncated = false

  @Option(help: "Refuse an image with a longer side.")
  var maxSide: Limit = Limit(DecodingLimits().side)

  @Option(help: "Refuse a file of more bytes.")
  var maxFileSize: ByteCount?

  @Option(help: "Refuse a progressive JPEG of more scans.")
  var maxScans: Limit = Limit(DecodingLimits().scans)

  @Option(help: "Take a file for damaged after more warnings of its decoder.")
  var maxWarnings: Limit = Limit(DecodingLimits().warnings)

  @Option(help: "Refuse an image whose decoder would hold more bytes.")
  var maxDecoderMemory: ByteCount?

  func validate() throws {
    guard !(keep16Bit && pilParity) else {
      throw ValidationError("give either --keep-16-bit or --pil-parity, which reads 8 bits")
    }
  }

  /// The library's options.
  var options: ImageOptions {
    var options = ImageOptions()
    options.decoding = decoding
    options.fit = fit
    return options
  }

  private var decoding: DecodingOptions {
    var options = DecodingOptions()
    options.background = background
    options.applyOrientation = !noOrient
    options.pilParity = pilParity
    options.keep16Bits = keep16Bit
    options.allowTruncated = allowTruncated
    options.limits.pixels = maxPixels.value
    options.limits.side = maxSide.value
    options.limits.scans = maxScans.value
    options.limits.warnings = maxWarnings.value
    if let maxFileSize { options.limits.fileSize = maxFileSize.value }
    if let maxDecoderMemory { options.limits.decoderMemory = maxDecoderMemory.value }
    return options
  }
}

/// A whole number of at least 1; 100_000 may be written so.
struct Limit: ExpressibleByArgument {
  var value: Int

  init(_ value: Int) {
    self.value = value
  }

  init?(argument: String) {
    guard let value = Int(argument.filter { $0 != "_" }), value > 0 else { return nil }
    self.value = value
  }

  var defaultValueDescription: String { "\(value)" }
}

extension RGB: ExpressibleByArgument {
  /// A colour as it is written on the command line.
  public init?(argument: String) {
    self.init(argument)
  }

  /// The default's name in help.
  public var defaultValueDescription: String { self == .white ? "white" : description }
}

extension Fit: ExpressibleByArgument {}
