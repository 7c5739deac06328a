import FoveaGraph
import Testing

@Suite struct ReferenceRearrangementTests {
  static let cases: [OperationCase] = [
    OperationCase(name: "add") { $0.add($1[0], $1[1]) },
    OperationCase(name: "add over the batch") { $0.add($1[0], $1[1]) },
    OperationCase(name: "multiply every pixel") { $0.multiply($1[0], $1[1]) },
    OperationCase(name: "global average") { $0.globalAverage($1[0]) },
    OperationCase(name: "concatenate channels") { $0.concatenateChannels($1) },
    OperationCase(name: "slice channels") { $0.channels($1[0], from: 1, count: 2) },
    OperationCase(name: "class token before the pixels") {
      $0.concatenateTokens([$0.token("cls_token", shape: [1, 1, 3]), $0.sequence($1[0])])
    },
    OperationCase(name: "pixels after a class token") {
      let all = $0.concatenateTokens([$0.token("cls_token", shape: [1, 1, 3]), $0.sequence($1[0])])
      return $0.grid($0.tokens(all, from: 1, count: nil), like: $1[0])
    },
    OperationCase(name: "space to depth") { $0.spaceToDepth($1[0]) },
    OperationCase(name: "pixel shuffle") { $0.pixelShuffle($1[0], factor: 2) },
    OperationCase(name: "rotary encoding") { $0.rotary($1[0]) },
  ]

  @Test("Combinations, cuts and turns give PyTorch's values", arguments: cases)
  func rearrangement(operation: OperationCase) throws { try operation.check() }
}
