import FoveaEngine
import FoveaGraph
import FoveaImage

/// Says what a picture shows.
///
/// ```swift
/// let classifier = try Classifier()
/// let answer = try classifier.classify(.file("photo.jpg"))
/// print(answer.predictions[0].label)
/// ```
/// Several tasks may use one at once.
public final class Classifier: Sendable {
  /// The model that answers.
  public let model: LoadedModel
  private let logits: Value

  /// A classifier; without a model, the one inside the binary.
  ///
  /// Throws where there is no such model, or it is no classifier. O(parameters).
  public init(_ source: ModelSource = .embedded, options: RunOptions = .init()) throws(FoveaError) {
    model = try LoadedModel(source, for: .classification, options: options)
    logits = try model.output(named: "logits")
  }

  /// The labels, in the order of the logits.
  public var labels: [String] { model.labels }

  /// Classifies an image file, or bytes of one: the `top` most probable classes.
  ///
  /// Throws where it cannot be read, and with status `badData` where one of the model's logits is no number.
  public func classify(
    _ source: ImageSource, top: Int = 5, images: ImageOptions = .init()
  ) throws(FoveaError) -> Classification {
    let photo = try model.prepare(source, images, fit: .crop, outputs: [logits])
    return try answers([photo], top: top)[0]
  }

  /// Classifies a picture in memory; throws where one of the model's logits is no number.
  public func classify(
    _ image: Image, top: Int = 5, images: ImageOptions = .init()
  ) throws(FoveaError) -> Classification {
    try classify(batch: [image], top: top, images: images)[0]
  }

  /// Classifies pictures in one run, which asks for more memory and wastes less time between layers.
  ///
  /// Traps where the fit is native and the pictures are not of one size.
  public func classify(
    batch: [Image], top: Int = 5, images: ImageOptions = .init()
  ) throws(FoveaError) -> [Classification] {
    batch.isEmpty ? [] : try answers(batch.map { model.prepare($0, images, fit: .crop) }, top: top)
  }

  /// The order of an image file's classes, the best of them; nil where one of the logits is no number.
  func ranking(of source: ImageSource, best count: Int, images: ImageOptions) throws(FoveaError)
    -> ClassRanking?
  {
    let photo = try model.prepare(source, images, fit: .crop, outputs: [logits])
    let map = try model.run([photo], outputs: [logits], path: photo.path)[0]
    return ClassRanking(of: map.values, best: count)
  }

  private func answers(_ photos: [PreparedPhoto], top: Int) throws(FoveaError) -> [Classification] {
    let maps = try model.run(photos, outputs: [logits], path: photos[0].path)
    let classes = maps[0].shape.channels
    var answers: [Classification] = []
    for (position, photo) in photos.enumerated() {
      let logits = maps[0].values[position * classes..<(position + 1) * classes]
      guard let ranking = ClassRanking(of: logits, best: top) else {
        throw FoveaError(undecidedIn: photo.path)
      }
      let probabilities = softmax(logits)
      answers.append(
        Classification(
          width: photo.geometry.photoWidth, height: photo.geometry.photoHeight,
          predictions: ranking.best.map {
            .init(label: model.label(of: $0), index: $0, probability: probabilities[$0])
          },
          warnings: photo.warnings))
    }
    return answers
  }
}
