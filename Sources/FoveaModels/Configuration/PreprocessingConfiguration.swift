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

  /// How half the difference between the resized photo and the crop becomes a whole number of pixels.
  public enum CropOffset: String, Sendable, CaseIterable {
    /// To the nearest, halves to even, as timm and torchvision.
    case even
    /// Down, as Hugging Face's image processors.
    case down
  }

  /// C of the input: 3 for R, G and B, 1 for Pillow's L, 4 for RGBA.
  public var channels = 3
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
  /// Where the crop begins.
  public var cropOffset: CropOffset = .even
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
  /// What holds for an architecture that is no named variant: timm's defaults at its `img_size`, else at 224.
  static func standard(numbers: JSONValue) -> PreprocessingConfiguration {
    let size = numbers["img_size"]?.integer ?? 224
    return PreprocessingConfiguration(height: size, width: size)
  }

  /// `pretrained_cfg` as timm writes it.
  var json: JSONValue {
    [
      "input_size": [.integer(channels), .integer(height), .integer(width)],
      "interpolation": .string(interpolation.rawValue),
      "crop_pct": .number(cropFraction),
      "crop_mode": .string(cropMode.rawValue),
      "mean": .array(mean.map { .number(Double("\($0)") ?? Double($0)) }),
      "std": .array(standardDeviation.map { .number(Double("\($0)") ?? Double($0)) }),
    ]
  }
}
