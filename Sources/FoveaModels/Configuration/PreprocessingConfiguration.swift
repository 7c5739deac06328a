/// How a photo becomes the network's input: the keys of timm's `pretrained_cfg`.
public struct PreprocessingConfiguration: Hashable, Sendable {
  /// How values between pixels are found; both kinds antialias when they shrink, as Pillow does.
  public enum Interpolation: String, Sendable, CaseIterable {
    case bilinear
    case bicubic
  }

  /// How the resized photo is cut to the input's size.
  public enum CropMode: String, Sendable, CaseIterable {
    /// The shorter side is resized, then the centre is cut out.
    case center
    /// Both sides are resized, whatever the proportions, then the centre is cut out.
    case squash
    /// The longer side is resized, and the rest is filled.
    case border
  }

  /// How `size / cropFraction` becomes a whole number of pixels.
  public enum Rounding: String, Sendable, CaseIterable {
    /// Down, as timm.
    case floor
    /// Up, as EfficientViT's published evaluation.
    case ceil
  }

  /// H of the input that the weights were trained or evaluated at.
  public var height: Int
  /// W of that input.
  public var width: Int
  /// Bilinear or bicubic.
  public var interpolation: Interpolation = .bicubic
  /// The part of the resized photo's side that the crop keeps, in (0, 1].
  public var cropFraction: Double = 0.875
  /// How the photo is cut.
  public var cropMode: CropMode = .center
  /// How the size before the crop is rounded.
  public var rounding: Rounding = .floor
  /// Subtracted from each channel (R, G, B) in 0…1.
  public var mean: [Float] = [0.485, 0.456, 0.406]
  /// By which each channel is divided after.
  public var standardDeviation: [Float] = [0.229, 0.224, 0.225]

  /// The defaults of timm at a size.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }
}

extension PreprocessingConfiguration {
  /// Reads `pretrained_cfg`; keys that it lacks take timm's defaults.
  init(_ given: JSONValue, rounding: JSONValue?) throws(ModelError) {
    let json = given.withoutNulls
    let size = try JSONKey("pretrained_cfg.input_size").integers(json["input_size"], count: 3, in: 1...65536)
    guard size[0] == 3 else {
      throw .outOfRange(key: "pretrained_cfg.input_size", value: "\(size[0]) channels", limit: "3 channels")
    }
    self.init(height: size[1], width: size[2])
    if let value = json["interpolation"] {
      interpolation = try JSONKey("pretrained_cfg.interpolation").choice(value)
    }
    if let value = json["crop_mode"] { cropMode = try JSONKey("pretrained_cfg.crop_mode").choice(value) }
    if let value = rounding { self.rounding = try JSONKey("fovea.resize_rounding").choice(value) }
    if let value = json["crop_pct"] {
      cropFraction = try JSONKey("pretrained_cfg.crop_pct").number(value, in: 0.01...1)
    }
    if let value = json["mean"] {
      mean = try JSONKey("pretrained_cfg.mean").numbers(value, count: 3, in: -1000...1000).map(Float.init)
    }
    if let value = json["std"] {
      standardDeviation = try JSONKey("pretrained_cfg.std").numbers(value, count: 3, in: 1e-6...1000)
        .map(Float.init)
    }
  }

  /// What holds for an architecture that is no named variant: timm's defaults at its `img_size`, else at 224.
  static func standard(numbers: JSONValue) -> PreprocessingConfiguration {
    let size = numbers["img_size"]?.integer ?? 224
    return PreprocessingConfiguration(height: size, width: size)
  }

  /// `pretrained_cfg` as timm writes it.
  var json: JSONValue {
    [
      "input_size": [3, .integer(height), .integer(width)],
      "interpolation": .string(interpolation.rawValue),
      "crop_pct": .number(cropFraction),
      "crop_mode": .string(cropMode.rawValue),
      "mean": .array(mean.map { .number(Double("\($0)") ?? Double($0)) }),
      "std": .array(standardDeviation.map { .number(Double("\($0)") ?? Double($0)) }),
    ]
  }
}
