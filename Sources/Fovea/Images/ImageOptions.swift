import FoveaImage

/// How a picture meets the size that a network expects.
public typealias Fit = FoveaImage.Preprocessing.Fit

/// How a picture is read and brought to the network.
public struct ImageOptions: Sendable, Hashable {
  /// How a file is decoded, and its limits.
  public var decoding = DecodingOptions()
  /// How it meets the network's size; nil takes the task's way: a classifier sees what its config says, a
  /// segmenter the whole picture at its own size.
  public var fit: Fit?

  /// Options; the defaults are what most callers want.
  public init() {}
}
