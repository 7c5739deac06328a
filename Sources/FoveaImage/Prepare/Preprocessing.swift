/// How a network wants its photos: size, crop, filter, and the numbers it was normalised with.
/// The rules are those of timm and torchvision, to the pixel.
public struct Preprocessing: Sendable, Hashable {
  /// What a configuration's `crop_mode` may say.
  public enum CropMode: String, Sendable, CaseIterable {
    /// The shorter side is resized, the rest of the longer one cut off.
    case center
    /// Both sides are resized, the proportions given up, then the middle is cut out.
    case squash
    /// The longer side is resized, and the shorter one gets borders.
    case border
  }

  /// How a photo is brought to the input's size.
  public enum Fit: String, Sendable, CaseIterable {
    /// As the configuration's crop says.
    case crop
    /// The whole photo, centred on borders of the mean colour.
    case pad
    /// The whole photo, its proportions given up.
    case stretch
    /// The photo at its own size, which becomes the input's.
    case native
  }

  /// Where a photo smaller than the input lies when it is padded.
  public enum Anchor: String, Sendable, CaseIterable {
    /// In the middle.
    case center
    /// At the top left, so that padding is at right and bottom.
    case topLeft
  }

  /// The input's columns, where the fit is not native.
  public var width: Int
  /// The input's rows, where the fit is not native.
  public var height: Int
  /// The filter of the resize.
  public var filter = ResamplingFilter.bicubic
  /// The part of the resized photo's side that the crop keeps: the photo is resized to ⌊side / crop_pct⌋.
  public var cropFraction = 1.0
  /// The side that the photo is resized to before the crop, where it is not ⌊side / crop_pct⌋.
  public var resize: Int?
  /// True where half of an odd difference before the crop is rounded down, and not to even.
  public var cropsDown = false
  /// The kind of crop.
  public var cropMode = CropMode.center
  /// How a photo is brought to the input's size.
  public var fit = Fit.crop
  /// Where a padded photo lies.
  public var anchor = Anchor.center
  /// The mean of R, G, B in 0...1 that normalising subtracts; one number for grey, four for RGBA.
  public var mean = [0.485, 0.456, 0.406]
  /// The deviation of R, G, B that normalising divides by.
  public var standardDeviation = [0.229, 0.224, 0.225]

  /// Preprocessing for an input of `width` × `height` pixels, with ImageNet's mean and deviation, and no crop.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The mean as a colour: what borders are filled with, about 0 once normalised.
  public var meanColor: RGB {
    let samples = mean.map { UInt8(clamping: Int((255 * $0).rounded(.toNearestOrEven))) }
    return samples.count < 3
      ? RGB(samples[0], samples[0], samples[0]) : RGB(samples[0], samples[1], samples[2])
  }
}
