import FoveaEngine
import FoveaGraph
import FoveaImage
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Measures the model folder that was written, as `fovea eval` does, with pictures decoded but once.
final class Validator: Sendable {
  /// What a measurement came to.
  struct Score: Sendable {
    /// The mean cross entropy; nil for a segmenter.
    var loss: Double?
    /// Top-1 accuracy, or the mean IoU.
    var first: Double
    /// Top-5 accuracy, or the pixel accuracy.
    var second: Double
    /// The IoU of each class, where there are masks.
    var classes: [Double?] = []
  }

  private let set: TrainingSet
  private let store: PhotoStore
  private let inputs: Mutex<[Image?]>
  /// The samples that could not be read, which were told once.
  private let unreadable = Mutex<Set<Int>>([])
  /// True once it was told that masks have no pixel to measure by.
  private let hasToldOfNothing = Atomic(false)
  private let threads: Int?
  private let limit: Int

  /// A validator of a set; `limit` bytes of decoded pictures are kept.
  init(_ set: TrainingSet, threads: Int?, limit: Int) {
    (self.set, self.threads, self.limit) = (set, threads, limit)
    store = PhotoStore(set, shorterSide: .max, limit: set.masks == nil ? 0 : limit)
    inputs = Mutex([Image?](repeating: nil, count: set.samples.count))
  }

  /// The number of pictures.
  var count: Int { self.set.samples.count }

  /// The score of a model folder; nil where no picture can be read. Those that cannot count for nothing, and
  /// each is told to `failed` once.
  func score(_ folder: String, failed: (FoveaError) -> Void) throws(FoveaError) -> Score? {
    var options = RunOptions()
    options.threads = threads
    let model = try LoadedModel(.folder(folder), for: set.task, options: options)
    var errors: [FoveaError] = []
    let score = set.masks == nil ? try classify(model) { errors.append($0) } : try segment(model)
    errors += store.newErrors()
    if set.isStrict, let error = errors.first { throw error }
    if set.masks != nil, score == nil, !hasToldOfNothing.exchange(true, ordering: .relaxed) {
      errors.append(FoveaError(unlabelled: set.place))
    }
    for error in errors { failed(error) }
    return score
  }

  private func classify(_ model: LoadedModel, _ failed: (FoveaError) -> Void) throws(FoveaError) -> Score? {
    let preprocessing = model.preprocessing(fit: .crop)
    let logits = try model.output(named: "logits")
    let area = preprocessing.width * preprocessing.height
    let batch = max(1, min(64, (1 << 19) / area))
    var (loss, tally) = (0.0, AccuracyTally())
    for start in stride(from: 0, to: set.samples.count, by: batch) {
      let places = (start..<min(start + batch, set.samples.count))
        .filter { place in unreadable.withLock { !$0.contains(place) } }
      let images = prepared(places, preprocessing, failed)
      guard !images.isEmpty else { continue }
      let map = try model.run(images.map(\.image), outputs: [logits], path: set.samples[start].image)[0]
      let classes = map.shape.channels
      for (row, image) in images.enumerated() {
        let scores = map.values[row * classes..<(row + 1) * classes]
        let truth = set.samples[image.place].index
        tally.add(ClassRanking(of: scores, best: 5), truth: truth)
        loss += Double(logSumExp(scores) - scores[row * classes + truth])
      }
    }
    guard tally.images > 0 else { return nil }
    return Score(loss: loss / Double(tally.images), first: tally.top1, second: tally.top5)
  }

  /// The inputs of samples that can be read, decoded by several threads when first asked for.
  private func prepared(
    _ places: [Int], _ preprocessing: FoveaImage.Preprocessing, _ failed: (FoveaError) -> Void
  ) -> [(place: Int, image: Image)] {
    let results = concurrentMap(places.count, threads: threads) { [self] index in
      Result { () throws(FoveaError) -> Image in try input(places[index], preprocessing) }
    }
    var images: [(place: Int, image: Image)] = []
    for (place, result) in zip(places, results) {
      switch result {
      case .success(let image): images.append((place, image))
      case .failure(let error):
        _ = unreadable.withLock { $0.insert(place) }
        failed(error)
      }
    }
    return images
  }

  private func input(
    _ place: Int, _ preprocessing: FoveaImage.Preprocessing
  ) throws(FoveaError) -> Image {
    if let known = inputs.withLock({ $0[place] }) { return known }
    let path = set.samples[place].image
    do throws(ImageError) {
      let image = try preprocessing.prepare(.file(path), options: set.decoding).image
      if image.pixels.count * set.samples.count <= limit { inputs.withLock { $0[place] = image } }
      return image
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  private func segment(_ model: LoadedModel) throws(FoveaError) -> Score? {
    var matrix = ConfusionMatrix(classes: set.labels.count)
    let segmenter = try Segmenter(model)
    for place in set.samples.indices {
      guard let (photo, sample) = try? store.photo(place) else { return nil }
      // in the place of one that cannot be read comes another, which must not count twice
      guard sample == set.samples[place] else { continue }
      matrix.add(try segmenter.segment(photo.image).mask, truth: photo.mask)
    }
    guard matrix.pixels > 0 else { return nil }
    return Score(
      first: matrix.meanIoU, second: matrix.pixelAccuracy, classes: set.labels.indices.map(matrix.iou))
  }
}

/// log Σ exp(x), without overflow.
private func logSumExp(_ values: ArraySlice<Float>) -> Float {
  let greatest = values.max() ?? 0
  return greatest + log(values.reduce(0) { $0 + exp($1 - greatest) })
}
