import FoveaImage

extension LoadedModel {
  /// What the network will see of an image file, as a picture of its input's size, and every step on the way.
  ///
  /// Throws where the file cannot be read.
  public func input(
    of source: ImageSource, images: ImageOptions = .init()
  ) throws(FoveaError) -> PreparedImage {
    do {
      return try preprocessing(fit: images.fit ?? ownFit).prepare(source, options: decoding(images))
    } catch {
      throw FoveaError(error, path: source.messagePath)
    }
  }
}

extension RawDigest {
  /// A digest of an image file's own samples, of which the options count `limits` and `allowTruncated`.
  /// Throws where the file cannot be read.
  public init(reading source: ImageSource, options: DecodingOptions = .init()) throws(FoveaError) {
    do {
      self = try RawDigest(source, limits: options.limits, allowTruncated: options.allowTruncated)
    } catch {
      throw FoveaError(error, path: source.messagePath)
    }
  }
}
