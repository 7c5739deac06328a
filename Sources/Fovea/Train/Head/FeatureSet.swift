import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaModels

/// What a frozen backbone makes of every picture of a set, computed once.
struct FeatureSet: Sendable {
  /// C.
  let channels: Int
  /// The samples that could be read, as positions in the set.
  let samples: [Int]
  /// (samples, C).
  let upright: [Float]
  /// The same of the mirrored pictures; empty where none were asked for.
  let mirrored: [Float]

  /// Runs a network up to the layer of the classes on every picture, prepared as for an answer.
  ///
  /// Pictures that cannot be read are told and left out. Throws where none is left, or none of a class, or the
  /// backbone gives more than one token.
  init(
    of set: TrainingSet, _ head: ClassHead, _ model: StartingModel, parameters: any ParameterSource,
    _ request: TrainingRequest, mirrors: Bool, _ report: (TrainingEvent) -> Void
  ) throws(FoveaError) {
    let pictures = FeaturePictures(
      set: set, preprocessing: model.configuration.photoPreprocessing(fit: .crop))
    var (samples, upright, mirrored): ([Int], [Float], [Float]) = ([], [], [])
    do {
      let engine = try Engine(
        graph: model.graph, parameters: AnySource(source: parameters),
        options: EngineOptions(threads: request.threads))
      let size = pictures.preprocessing
      guard try head.isGlobal(in: model.graph, height: size.height, width: size.width) else {
        throw FoveaError(
          path: model.configuration.name, reason: "has no single feature vector before its classes",
          hint: "leave --freeze or --few out", status: .usage)
      }
      let batch = max(1, min(32, (1 << 19) / (size.height * size.width)))
      for start in stride(from: 0, to: set.samples.count, by: batch) {
        let range = start..<min(start + batch, set.samples.count)
        let (places, images) = pictures.read(range, threads: request.threads) { report(.skipped($0)) }
        guard !images.isEmpty else { continue }
        samples += places
        upright += try engine.run([pictures.map(images)], outputs: [head.features])[0].values
        guard mirrors else { continue }
        let flipped = images.map { image in
          var image = image
          image.mirror()
          return image
        }
        mirrored += try engine.run([pictures.map(flipped)], outputs: [head.features])[0].values
      }
    } catch {
      throw FoveaError(running: error, path: model.configuration.name)
    }
    guard !samples.isEmpty else {
      throw FoveaError(path: request.directory, reason: "no picture can be read", status: .badData)
    }
    let seen = Set(samples.map { set.samples[$0].index })
    if let lost = set.samples.first(where: { !seen.contains($0.index) }) {
      throw FoveaError(unreadable: lost, of: set)
    }
    (self.samples, self.upright, self.mirrored) = (samples, upright, mirrored)
    channels = head.features.channels
  }
}

/// A source of any kind as one of its own.
struct AnySource: ParameterSource {
  let source: any ParameterSource

  func values(of parameter: Parameter) throws -> [Float] { try source.values(of: parameter) }
}

/// The pictures of a set as a network sees them.
private struct FeaturePictures {
  let set: TrainingSet
  let preprocessing: FoveaImage.Preprocessing

  /// The pictures of a range of samples that can be read.
  func read(
    _ range: Range<Int>, threads: Int?, failed: (FoveaError) -> Void
  ) -> (places: [Int], images: [Image]) {
    let (set, preprocessing) = (set, preprocessing)
    let results = concurrentMap(range.count, threads: threads) { index -> Result<Image, FoveaError> in
      let path = set.samples[range.lowerBound + index].image
      do throws(ImageError) {
        return .success(try preprocessing.prepare(.file(path)).image)
      } catch {
        return .failure(FoveaError(error, path: path))
      }
    }
    var (places, images): ([Int], [Image]) = ([], [])
    for (place, result) in zip(range, results) {
      switch result {
      case .success(let image):
        places.append(place)
        images.append(image)
      case .failure(let error): failed(error)
      }
    }
    return (places, images)
  }

  /// Pictures of one size, normalised, as a batch.
  func map(_ images: [Image]) -> FeatureMap {
    let shape = Shape(
      batch: images.count, height: images[0].height, width: images[0].width, channels: 3)
    var map = FeatureMap(zeros: shape)
    let size = shape.tokens * 3
    map.values.withUnsafeMutableBufferPointer { values in
      for (index, image) in images.enumerated() {
        preprocessing.normalize(
          image, into: UnsafeMutableBufferPointer(rebasing: values[index * size..<(index + 1) * size]))
      }
    }
    return map
  }
}
