import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaModels

/// What a frozen part of a network makes of every picture of a set, computed once: its maps, of some views of each.
struct FeatureSet: Sendable {
  /// The samples that could be read, as positions in the set.
  let samples: [Int]
  /// Views of a sample.
  let views: Int
  /// H and W of a view.
  let size: (height: Int, width: Int)
  /// Elements of each map of a view.
  let mapSizes: [Int]
  /// (samples, views, maps).
  let values: [Float]
  /// (samples, views): a class each, or one a pixel.
  let ids: [Int32]

  /// Elements of a view's maps.
  let width: Int
  /// Ids of a view.
  let idCount: Int

  /// Runs a network up to some maps on every view.
  ///
  /// Pictures that cannot be read are told and left out. Throws where none is left, or none of a class, and with
  /// status `overLimit` where the maps need more than `limit` bytes.
  init(
    of set: TrainingSet, _ pictures: PhotoViews, maps: [Value], _ model: StartingModel,
    parameters: any ParameterSource, threads: Int?, limit: Int, _ report: (TrainingEvent) -> Void
  ) throws(FoveaError) {
    let size = (height: pictures.preprocessing.height, width: pictures.preprocessing.width)
    var (samples, values, ids): ([Int], [Float], [Int32]) = ([], [], [])
    var failures: [FoveaError] = []
    let mapSizes: [Int]
    do {
      let shapes = try model.graph.shapes(height: size.height, width: size.width)
      mapSizes = maps.map { shapes[$0.index].elements }
      let count = set.samples.count * pictures.count
      let elements = count * mapSizes.reduce(0, +)
      try Self.check(bytes: 4 * (elements + count * pictures.idCount), limit, set, pictures)
      values.reserveCapacity(elements)
      ids.reserveCapacity(count * pictures.idCount)
      let engine = try Engine(
        graph: model.graph, parameters: AnySource(source: parameters),
        options: EngineOptions(threads: threads))
      let batch = max(1, min(32, (1 << 19) / (size.height * size.width)) / pictures.count)
      for start in stride(from: 0, to: set.samples.count, by: batch) {
        let range = start..<min(start + batch, set.samples.count)
        let (places, seen) = pictures.read(range, threads: threads) { failures.append($0) }
        if set.isStrict, let error = failures.first { throw error }
        guard !seen.isEmpty else { continue }
        samples += places
        let results = try engine.run([pictures.map(seen)], outputs: maps)
        for (index, view) in seen.enumerated() {
          for (result, size) in zip(results, mapSizes) {
            values += result.values[index * size..<(index + 1) * size]
          }
          ids += view.ids
        }
      }
    } catch {
      throw FoveaError(running: error, path: model.configuration.name)
    }
    try Self.check(samples, failures, of: set)
    for error in failures { report(.skipped(error)) }
    (self.samples, self.values, self.ids) = (samples, values, ids)
    (views, self.size, self.mapSizes) = (pictures.count, size, mapSizes)
    (width, idCount) = (mapSizes.reduce(0, +), pictures.idCount)
  }

  private static func check(
    bytes: Int, _ limit: Int, _ set: TrainingSet, _ pictures: PhotoViews
  ) throws(FoveaError) {
    guard bytes > limit else { return }
    let size = pictures.preprocessing
    throw FoveaError(
      path: "--freeze",
      reason: "the features of \(set.samples.count) pictures, \(pictures.count) views of "
        + "\(size.height) x \(size.width) each, need \(megabytes(bytes)) of memory, over the limit of "
        + "\(megabytes(limit)), half of --cache",
      hint: "give more with --cache, or a smaller --size; or leave --freeze out", status: .overLimit)
  }

  /// Throws where there is nothing to learn of a class: the first error, where there is of none.
  private static func check(
    _ samples: [Int], _ errors: [FoveaError], of set: TrainingSet
  ) throws(FoveaError) {
    var failures = ReadingFailures()
    guard !samples.isEmpty else {
      for error in errors { failures.add(error) }
      throw failures.first.map(failures.error)
        ?? FoveaError(path: set.place, reason: "no picture of the set can be read", status: .badData)
    }
    let seen = Set(samples.map { set.samples[$0].index })
    guard let lost = set.samples.first(where: { !seen.contains($0.index) }) else { return }
    let paths = Set(set.samples.filter { $0.index == lost.index }.map(\.image))
    for error in errors where paths.contains(error.path) { failures.add(error) }
    throw failures.error(FoveaError(unreadable: lost, of: set))
  }
}

/// A source of any kind as one of its own.
struct AnySource: ParameterSource {
  let source: any ParameterSource

  func values(of parameter: Parameter) throws -> [Float] { try source.values(of: parameter) }
}
