import FoveaEngine
import FoveaGraph
import FoveaModels
import Testing

/// Windows of 7 on a map of 9×10: attention must be that of the real tokens of each window, and of each side
/// of a shifted border, as if nothing else were there.
@Suite struct PaddedWindows {
  private static let map = Shape(height: 9, width: 10, channels: 8)

  private static let tokens = ["q", "k", "v"].map { name in
    FeatureMap(
      shape: map,
      values: RandomParameters(seed: 2).values(of: Parameter(path: name, shape: [map.elements]))
        .map { 50 * $0 })
  }

  @Test func withoutAShiftAWindowSeesItsRealTokens() throws {
    try expectRegions(rows: [0..<7, 7..<9], columns: [0..<7, 7..<10], shift: 0)
  }

  /// The padded map is 14×14 and moves by 3: the first three rows and columns wrap behind the padding.
  @Test func withAShiftWhatWrapsIsApart() throws {
    try expectRegions(rows: [0..<3, 3..<9], columns: [0..<3, 3..<10], shift: 3)
  }

  private func expectRegions(rows: [Range<Int>], columns: [Range<Int>], shift: Int) throws {
    let windowed = Self.graph { scope, maps in
      let window = WindowSize(height: 7, width: 7)
      let windows = maps.map { scope.partition($0, window, shift: shift) }
      let attended = scope.softmaxAttention(
        query: windows[0], key: windows[1], value: windows[2], heads: 2, scale: 0.5,
        grid: .windows(of: maps[0], window, shift: shift))
      return scope.merge(attended, window, shift: shift, like: maps[0])
    }
    let whole = Self.graph { scope, maps in
      scope.softmaxAttention(query: maps[0], key: maps[1], value: maps[2], heads: 2, scale: 0.5)
    }
    let parameters = RandomParameters()
    let output = try #require(windowed.output(named: "y"))
    let answers = [
      try Engine(graph: windowed, parameters: parameters).run(Self.tokens, outputs: [output])[0],
      try ReferenceExecutor(graph: windowed, parameters: parameters).run(Self.tokens, outputs: [output])[0],
    ]
    for (rows, columns) in rows.flatMap({ rows in columns.map { (rows, $0) } }) {
      let expected = try ReferenceExecutor(graph: whole, parameters: parameters).run(
        Self.tokens.map { $0.cut(rows, columns) }, outputs: [#require(whole.output(named: "y"))])[0]
      for answer in answers {
        let deviation = Deviation(answer.cut(rows, columns), from: expected)
        #expect(deviation.isWithinParity, "rows \(rows), columns \(columns): \(deviation)")
      }
    }
  }

  private static func graph(_ body: (Scope, [Value]) -> Value) -> Graph {
    let builder = GraphBuilder()
    let inputs = ["q", "k", "v"].map { builder.input($0, channels: map.channels) }
    builder.name(body(builder.root, inputs), "y")
    return builder.graph()
  }
}

extension FeatureMap {
  /// A rectangle of the map's first image.
  fileprivate func cut(_ rows: Range<Int>, _ columns: Range<Int>) -> FeatureMap {
    let cut = Shape(height: rows.count, width: columns.count, channels: shape.channels)
    let values = rows.flatMap { row in
      columns.flatMap { column in
        let start = (row * shape.width + column) * shape.channels
        return self.values[start..<start + shape.channels]
      }
    }
    return FeatureMap(shape: cut, values: values)
  }
}
