import FoveaEngine
import FoveaGraph
import FoveaImage

/// Gives every pixel of a picture a class.
///
/// ```swift
/// let segmenter = try Segmenter()
/// let answer = try segmenter.segment(.file("street.png"))
/// try answer.writeMask(to: "mask.png")
/// ```
/// Several tasks may use one at once.
public final class Segmenter: Sendable {
  /// The model that answers.
  public let model: LoadedModel
  let logits: Value
  let upsampling: Resampling

  /// A segmenter; without a model, the one inside the binary.
  ///
  /// Throws where there is no such model, or it is no segmenter. O(parameters).
  public convenience init(
    _ source: ModelSource = .embedded, options: RunOptions = .init()
  ) throws(FoveaError) {
    try self.init(LoadedModel(source, for: .segmentation, options: options))
  }

  /// A segmenter of a model that is loaded already.
  init(_ model: LoadedModel) throws(FoveaError) {
    self.model = model
    logits = try model.output(named: "logits")
    guard logits.channels <= Segmentation.classLimit else {
      throw FoveaError(
        path: model.path,
        reason: "has \(logits.channels) classes, and a mask holds at most \(Segmentation.classLimit)",
        status: .unsupported)
    }
    let said = model.configuration.logitsUpsampling ?? model.architecture.logitsUpsampling
    upsampling = said == .bicubic ? .bicubic : .bilinear
  }

  /// The labels, in the order of the logits.
  public var labels: [String] { model.labels }

  /// The number of classes.
  public var classCount: Int { logits.channels }

  /// Segments an image file, or bytes of one; by default the network sees it at its own size.
  /// With `keepsPhoto` the answer keeps the picture, for `overlay`.
  public func segment(
    _ source: ImageSource, images: ImageOptions = .init(), keepsPhoto: Bool = false
  ) throws(FoveaError) -> Segmentation {
    try segment(
      source.reader(model.decoding(images)), path: source.messagePath, images: images, keepsPhoto: keepsPhoto)
  }

  /// Segments a picture in memory.
  public func segment(
    _ image: Image, images: ImageOptions = .init(), keepsPhoto: Bool = false
  ) throws(FoveaError) -> Segmentation {
    try answer(model.prepare(image, images, fit: .native, keepingPhoto: keepsPhoto))
  }

  func segment(
    _ reader: ImageReader, path: String, images: ImageOptions, keepsPhoto: Bool = false
  ) throws(FoveaError) -> Segmentation {
    try answer(
      model.prepare(
        reader, path: path, images, fit: .native, outputs: [logits], keepingPhoto: keepsPhoto))
  }

  private func answer(_ photo: PreparedPhoto) throws(FoveaError) -> Segmentation {
    let map = try model.run([photo], outputs: [logits], path: photo.path)[0]
    let mask = try mask(map, on: photo)
    var counts = ClassCounts()
    counts.add(mask)
    return Segmentation(
      width: photo.geometry.photoWidth, height: photo.geometry.photoHeight, mask: mask,
      classes: counts.shares(label: model.label), photo: photo.photo,
      palette: Palette(model.labelSet, classes: map.shape.channels), warnings: photo.warnings)
  }

  /// The photo's mask: the argmax follows the upsampling of the logits, straight to the photo's size where the
  /// input is the whole photo, else to the input's, whose nearest pixel each photo pixel takes.
  private func mask(_ logits: FeatureMap, on photo: PreparedPhoto) throws(FoveaError) -> [UInt16] {
    let geometry = photo.geometry
    let isWhole =
      geometry.resizedWidth == geometry.inputWidth && geometry.resizedHeight == geometry.inputHeight
    if isWhole {
      return try classes(logits, geometry.photoWidth, geometry.photoHeight, photo.path)
    }
    let input = try classes(logits, geometry.inputWidth, geometry.inputHeight, photo.path)
    let columns = (0..<geometry.photoWidth).map {
      Int(geometry.inputPoint(photoX: Double($0) + 0.5, photoY: 0).x.rounded(.down))
    }
    var mask = [UInt16](repeating: Segmentation.unseen, count: geometry.photoWidth * geometry.photoHeight)
    for y in 0..<geometry.photoHeight {
      let row = Int(geometry.inputPoint(photoX: 0, photoY: Double(y) + 0.5).y.rounded(.down))
      guard (0..<geometry.inputHeight).contains(row) else { continue }
      for (x, column) in columns.enumerated() where (0..<geometry.inputWidth).contains(column) {
        mask[y * geometry.photoWidth + x] = input[row * geometry.inputWidth + column]
      }
    }
    return mask
  }

  private func classes(
    _ logits: FeatureMap, _ width: Int, _ height: Int, _ path: String
  ) throws(FoveaError) -> [UInt16] {
    do {
      return try model.engine.argmaxUpsampled(
        logits: logits, height: height, width: width, method: upsampling)
    } catch {
      throw FoveaError(running: error, path: path)
    }
  }
}
