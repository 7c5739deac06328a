import FoveaGraph

/// Where a stage reads a map.
enum StageSource: Sendable {
  /// In the arena.
  case map(Placement)
  /// From an earlier stage of the same program, from a channel on.
  case stage(StageID, channelOffset: Int)
  /// The rows of the image as they arrive.
  case arrivingRows

  /// Whether the pixels of several images cannot be read as those of one.
  var tellsImagesApart: Bool {
    if case .map(let map) = self { map.repeatsOverImages || map.repeatsOverPixels } else { false }
  }
}

/// A stage of a program with where it reads and writes.
struct StripStage: Sendable {
  var stage: any RowStage
  var input: StageSource
  var second: StageSource?
  var residual: StageSource?
  /// The map in the arena that it writes, or nil where later stages read it from a ring.
  var destination: Placement?
  /// Another stage in whose ring its own channels lie, and from which channel on.
  var sharedRing: (with: StageID, channelOffset: Int)?
  /// Stages that compute the pixels that it computes: those that share its input's ring, which it reads too,
  /// and those that read the same map as it and that no other stage reads.
  var companions: [StageID] = []
  /// The attention sums that it reads or adds to.
  var sums: AttentionSums?
  /// (H, W, C) of the output of one image; where others share its ring, all channels of the ring.
  var shape: Shape
  /// H and W of the main input.
  var inputHeight: Int
  var inputWidth: Int
  var path: String

  /// Elements from a pixel to the next in its ring.
  func ringStride(elementSize: Int) -> Int { shape.channels.paddedStride(elementSize: elementSize) }

  var sources: [StageSource] { [input, second, residual].compactMap { $0 } }

  /// The regions that it reads.
  var reads: [RegionID] {
    sources.compactMap { if case .map(let map) = $0 { map.region } else { nil } }
      + (sums.flatMap { $0.isWritten ? nil : [$0.region] } ?? [])
  }
  /// The regions that it writes.
  var writes: [RegionID] {
    (destination.map { [$0.region] } ?? []) + (sums.flatMap { $0.isWritten ? [$0.region] : nil } ?? [])
  }
}

/// Stages that run together, strip after strip of rows: each produces just the rows that those after it need
/// next, into rings that stay in the second-level cache.
struct StripProgram: Sendable {
  let stages: [StripStage]
  let images: Int
  /// Rows at whose multiples alone the map is divided among threads.
  let rowGrain: Int
  /// Columns at whose multiples alone the map is cut.
  let columnGrain: Int
  /// The stages that no other reads: they have one grid, and all reach its end.
  let ends: [StageID]

  init(stages: [StripStage], images: Int, rowGrain: Int = 1, columnGrain: Int = 1) {
    self.stages = stages
    self.images = images
    self.rowGrain = rowGrain
    self.columnGrain = columnGrain
    var isRead = [Bool](repeating: false, count: stages.count)
    for case .stage(let source, _) in stages.flatMap(\.sources) { isRead[source.index] = true }
    for companion in stages.flatMap(\.companions) { isRead[companion.index] = true }
    ends = stages.ids.filter { !isRead[$0.index] }
  }

  var last: StripStage { stages[stages.count - 1] }
  /// Bytes of the weights that every block of rows reads: rings need not be smaller than what streams past
  /// them.
  var weightBytes: Int { stages.map(\.stage.weightBytes).reduce(0, +) }
  /// Elements of the maps in the arena that it reads and writes, but for its last output.
  var mapElements: Int {
    let read = stages.flatMap(\.sources).compactMap { if case .map(let map) = $0 { map } else { nil } }
    let written = stages.dropLast().compactMap(\.destination)
    let shapes = Dictionary((read + written).map { ($0.region, $0.shape.elements) }) { first, _ in first }
    return shapes.values.reduce(0, +)
  }
  var isPointwise: Bool { stages.allSatisfy(\.stage.isPointwise) }
  var reads: [RegionID] { stages.flatMap(\.reads) }
  var writes: [RegionID] { stages.flatMap(\.writes) }

  /// The columns of every stage's output that the last stages' columns need; of arriving rows at the end.
  func columns(for range: Range<Int>) -> [Range<Int>] {
    var needed = [Range<Int>?](repeating: nil, count: stages.count + 1)
    for end in ends { needed[end.index] = range }
    for index in stages.indices.reversed() {
      guard let columns = needed[index] else { continue }
      let stage = stages[index]
      let around = stage.stage.inputColumns(for: columns, width: stage.inputWidth)
      switch stage.input {
      case .stage(let source, _): needed[source.index] = needed[source.index].union(around)
      case .arrivingRows: needed[stages.count] = needed[stages.count].union(around)
      case .map: break
      }
      for case .stage(let source, _)? in [stage.second, stage.residual] {
        needed[source.index] = needed[source.index].union(columns)
      }
      for companion in stage.companions { needed[companion.index] = needed[companion.index].union(columns) }
    }
    // A shared ring holds the columns of all that share it.
    for (index, stage) in stages.enumerated() {
      guard let owner = stage.sharedRing?.with, let columns = needed[index] else { continue }
      needed[owner.index] = needed[owner.index].union(columns)
    }
    return needed.map { $0 ?? 0..<0 }
  }
}

extension Range<Int>? {
  /// The smallest range that holds both.
  fileprivate func union(_ other: Range<Int>) -> Range<Int> {
    guard let self else { return other }
    return Swift.min(self.lowerBound, other.lowerBound)..<Swift.max(self.upperBound, other.upperBound)
  }
}
