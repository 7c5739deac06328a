/// What causal linear attention keeps of all tokens so far: its size does not grow with them.
public struct CausalState: Sendable, Hashable {
  /// Σ φ(k)ᵀ v of each head, (C, D).
  var products: [Float]
  /// Σ φ(k), (C).
  var totals: [Float]
  /// The last values that the depthwise convolution still sees, the newest first.
  var recentValues: [[Float]] = []

  /// The state before the first token.
  public init(_ attention: CausalLinearAttention) {
    products = [Float](repeating: 0, count: attention.channels * attention.headDimension)
    totals = [Float](repeating: 0, count: attention.channels)
  }

  /// The number of floats that it holds.
  public var count: Int { products.count + totals.count + recentValues.map(\.count).reduce(0, +) }

  /// Adds a token, its key already mapped by φ.
  mutating func add(
    _ key: ArraySlice<Float>, _ value: ArraySlice<Float>, _ attention: CausalLinearAttention
  ) {
    let width = attention.headDimension
    for (channel, feature) in key.enumerated() {
      totals[channel] += feature
      let head = value.dropFirst(channel / width * width).prefix(width)
      for (column, element) in head.enumerated() { products[channel * width + column] += feature * element }
    }
  }

  mutating func remember(_ value: [Float], kernel: Int) {
    guard kernel > 0 else { return }
    recentValues.insert(value, at: 0)
    if recentValues.count > kernel { recentValues.removeLast() }
  }
}

extension [Float] {
  /// A row of a matrix with so many columns.
  subscript(row index: Int, columns: Int) -> ArraySlice<Float> {
    self[index * columns..<(index + 1) * columns]
  }
}
