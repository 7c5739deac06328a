import FoveaTestSupport
import FoveaWeights
import Testing

/// `checkpoints/values.tsv` is what PyTorch reads: path, tensor, dtype, shape, digest of the float32 values.
@Suite struct RecordedValuesTests {
  static let recorded: [String: [[String]]] = {
    let rows = (try? table("checkpoints/values.tsv", titled: false)) ?? []
    return Dictionary(grouping: rows) { $0[0] }
  }()

  @Test func theTableHoldsEveryGoldenTwiceAndTheDerivedFiles() {
    #expect(Self.recorded.count == 12 * 2 + 5 + 3 + 10 + 1)
  }

  @Test(arguments: recorded.keys.sorted())
  func everyTensorIsWhatPyTorchReads(path: String) throws {
    let checkpoint = try Checkpoint.open(path: fixture(path))
    let rows = try #require(Self.recorded[path])
    #expect(Set(checkpoint.entries.map(\.name)) == Set(rows.map { $0[1] }))
    for row in rows {
      let entry = try #require(checkpoint[row[1]], "\(row[1]) is missing")
      #expect(entry.elementType.rawValue == row[2], "\(row[1])")
      #expect(entry.shape.map(String.init).joined(separator: ",") == row[3], "\(row[1])")
      #expect(digest(try checkpoint.floats(of: row[1])) == row[4], "\(row[1]) of \(path)")
    }
  }
}
