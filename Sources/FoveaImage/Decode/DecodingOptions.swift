/// How a decoded file becomes RGB.
public struct DecodingOptions: Sendable, Hashable {
  /// What the file may ask for.
  public var limits = DecodingLimits()
  /// The colour behind transparent pixels.
  public var background = RGB.white
  /// Turn the picture upright as the orientation that it states says.
  public var applyOrientation = true
  /// Give what Pillow's `convert("RGB")` gives, so that numbers match programs built on it: alpha is
  /// dropped, 16 bits keep their high byte, colour profiles and the orientation are ignored.
  public var pilParity = false
  /// Keep the 16 bits of a file that has them, as float32, to the network's input: resized and normalised without
  /// being rounded to 8. Files of 8 bits, and `pilParity`, do not change.
  public var keep16Bits = false
  /// Give grey in place of colour: R, G and B all become what Pillow's `convert("L")` gives.
  public var greyscale = false
  /// Keep the rows of a cut file that came whole; the others get the background's colour.
  public var allowTruncated = false

  /// The options as documented at each.
  public init() {}
}
