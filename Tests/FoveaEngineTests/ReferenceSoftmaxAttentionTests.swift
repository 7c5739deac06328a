import FoveaGraph
import Testing

@Suite struct ReferenceSoftmaxAttentionTests {
  static let cases: [OperationCase] = [
    OperationCase(name: "softmax attention") {
      $0.softmaxAttention(query: $1[0], key: $1[1], value: $1[2], heads: 2, scale: 0.7)
    },
    OperationCase(name: "softmax attention, relative bias") {
      $0.softmaxAttention(
        query: $1[0], key: $1[1], value: $1[2], heads: 2, scale: 0.5, bias: bias($0, window: 3))
    },
    windows("shifted windows", window: 3, shift: 1),
    windows("padded windows", window: 3, shift: 0),
    windows("shifted and padded windows", window: 4, shift: 2),
  ]

  static func bias(_ scope: Scope, window: Int) -> SoftmaxAttention.RelativeBias {
    let count = (2 * window - 1) * (2 * window - 1)
    return SoftmaxAttention.RelativeBias(
      table: scope.parameter("relative_position_bias_table", [count, 2]), window: window)
  }

  static func windows(_ name: String, window: Int, shift: Int) -> OperationCase {
    OperationCase(name: name) { scope, inputs in
      let size = WindowSize(height: window, width: window)
      let parts = scope.split(scope.partition(inputs[0], size, shift: shift), parts: 3)
      let attention = scope.softmaxAttention(
        query: parts[0], key: parts[1], value: parts[2], heads: 2, scale: 0.5,
        bias: bias(scope, window: window), grid: .windows(of: inputs[0], size, shift: shift))
      return scope.merge(attention, size, shift: shift, like: inputs[0])
    }
  }

  @Test("Softmax attention, its bias and its mask give PyTorch's values", arguments: cases)
  func attention(operation: OperationCase) throws { try operation.check() }
}
