import FoveaGraph
import FoveaModels
import Testing

@Suite struct OrthogonalFeatures {
  /// Performers, section 2.4: rows are orthogonal in blocks as high as they are wide, each as long as a normal
  /// vector of its own.
  @Test func rowsOfABlockAreOrthogonalAndOfLengthsOfTheirOwn() {
    var keys = CheckpointKeys()
    keys.computed["features"] = .orthogonalFeatures(seed: 5)
    let values = RandomParameters(keys: keys).values(of: Parameter(path: "features", shape: [20, 8]))
    let rows = (0..<20).map { values[$0 * 8..<($0 + 1) * 8].map(Double.init) }
    func product(_ i: Int, _ j: Int) -> Double { zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 } }
    for i in 0..<20 {
      for j in 0..<i where i / 8 == j / 8 {
        #expect(abs(product(i, j)) <= 1e-5 * (product(i, i) * product(j, j)).squareRoot(), "rows \(j), \(i)")
      }
    }
    let lengths = (0..<20).map { product($0, $0) }
    // χ² of 8 degrees of freedom, whose mean is 8 and whose deviation 4
    #expect(abs(lengths.reduce(0, +) / 20 - 8) < 4)
    #expect((lengths.max() ?? 0) > 1.5 * (lengths.min() ?? 0))
  }
}
