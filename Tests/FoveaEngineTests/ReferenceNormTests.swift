import FoveaGraph
import Testing

@Suite struct ReferenceNormTests {
  static let cases: [OperationCase] =
    [
      OperationCase(name: "batch norm") { $0.batchNorm($1[0], epsilon: 1e-5) },
      OperationCase(name: "layer norm") { $0.layerNorm($1[0], epsilon: 1e-6) },
    ]
    + Activation.allCases.filter { $0 != .identity }.map { activation in
      OperationCase(name: "activation \(activation.rawValue)") { $0.activation($1[0], activation) }
    }

  @Test("Norms and activations give PyTorch's values", arguments: cases)
  func norm(operation: OperationCase) throws { try operation.check() }
}
