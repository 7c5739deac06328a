import FoveaGraph
import Testing

@Suite struct ReferenceWindowTests {
  static let cases: [OperationCase] = [
    OperationCase(name: "windows") { $0.partition($1[0], WindowSize(height: 3, width: 4)) },
    OperationCase(name: "windows, shifted") {
      $0.partition($1[0], WindowSize(height: 4, width: 4), shift: 2)
    },
    OperationCase(name: "stripes over the map's height") {
      $0.partition($1[0], WindowSize(height: nil, width: 3))
    },
    OperationCase(name: "windows merged") {
      let window = WindowSize(height: 3, width: 4)
      return $0.merge($0.partition($1[0], window), window, like: $1[0])
    },
    OperationCase(name: "windows merged, shifted") {
      let window = WindowSize(height: 4, width: 5)
      return $0.merge($0.partition($1[0], window, shift: 3), window, shift: 3, like: $1[0])
    },
  ]

  @Test("Windows are cut and put back as in Swin", arguments: cases)
  func windows(operation: OperationCase) throws { try operation.check() }
}
