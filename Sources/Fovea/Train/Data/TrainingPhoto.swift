import FoveaImage

/// A decoded picture to learn from, and its mask where it has one.
struct TrainingPhoto: Sendable {
  /// The upright picture.
  let image: Image
  /// (H, W), a class a pixel, `Segmentation.unseen` where it counts for nothing; empty without a mask.
  let mask: [UInt16]

  /// Bytes in memory.
  var byteCount: Int { image.pixels.count + mask.count * 2 }

  /// Decodes a sample. A picture without a mask whose shorter side is over `side` is shrunk to it.
  init(_ sample: TrainingSet.Sample, of set: TrainingSet, shorterSide side: Int) throws(FoveaError) {
    do throws(ImageError) {
      image = try Self.decoded(sample, set.decoding, shorterSide: sample.mask == nil ? side : .max)
    } catch {
      throw FoveaError(error, path: sample.image)
    }
    guard let path = sample.mask, let masks = set.masks else {
      mask = []
      return
    }
    let read = try masks.read(path)
    guard read.width == image.width, read.height == image.height else {
      throw FoveaError(
        path: path, reason: "is \(read.width) x \(read.height), its picture \(image.width) x \(image.height)",
        hint: "a mask has its picture's size", status: .badData)
    }
    mask = read.classes
  }

  private static func decoded(
    _ sample: TrainingSet.Sample, _ options: DecodingOptions, shorterSide side: Int
  ) throws(ImageError) -> Image {
    let reader = try ImageReader(.file(sample.image), options: options)
    let (width, height) = (reader.uprightWidth, reader.uprightHeight)
    let shorter = min(width, height)
    let isLarge = shorter > side
    var preprocessing = FoveaImage.Preprocessing(
      width: isLarge ? width * side / shorter : width, height: isLarge ? height * side / shorter : height)
    preprocessing.fit = .stretch
    preprocessing.filter = .bilinear
    return try preprocessing.prepare(reader).image
  }
}
