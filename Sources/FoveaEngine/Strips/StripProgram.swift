import FoveaGraph

/// Where a stage reads a map: in the arena, or from an earlier stage of the same program (some of its channels).
enum StageSource: Sendable {
  case map(Placement)
  case stage(Int, channelOffset: Int)

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
  /// The region of the attention sums that it applies, and floats of one image's.
  var sums: (region: Int, imageFloats: Int)?
  /// (H, W, C) of the output of one image.
  var shape: Shape
  /// H and W of the main input.
  var inputHeight: Int
  var inputWidth: Int
  var path: String

  var sources: [StageSource] { [input, second, residual].compactMap { $0 } }
}

/// Stages that run together, strip after strip of rows: each produces just the rows that those after it need
/// next, into rings that stay in the second-level cache.
struct StripProgram: Sendable {
  var stages: [StripStage]
  var images: Int

  var last: StripStage { stages[stages.count - 1] }
  var isPointwise: Bool { stages.allSatisfy(\.stage.isPointwise) }

  /// The columns of every stage's output that the last stage's columns need.
  func columns(for range: Range<Int>) -> [Range<Int>] {
    var needed = [Range<Int>?](repeating: nil, count: stages.count)
    needed[stages.count - 1] = range
    for index in stages.indices.reversed() {
      guard let columns = needed[index] else { continue }
      let stage = stages[index]
      if case .stage(let source, _) = stage.input {
        needed[source] = needed[source].union(stage.stage.inputColumns(for: columns, width: stage.inputWidth))
      }
      for case .stage(let source, _)? in [stage.second, stage.residual] {
        needed[source] = needed[source].union(columns)
      }
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
