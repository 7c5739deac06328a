#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the weights of an attention are made of, so that the N×N matrix is never formed.
///
/// Linear: A_ij = φ(q_i)·φ(k_j) / z_i with the normaliser z_i = φ(q_i)·Σ_j φ(k_j) + ε. Softmax:
/// A_ij = exp(q_i·k_j + b_ij − z_i) with q scaled, b the bias and mask, and z_i the logarithm of the row's sum.
/// Tokens lie in slots of windows, one window where the attention sees the whole map; a window's tokens follow
/// one another. N counts the slots of all windows.
public struct AttentionFactors: Sendable {
  /// How a weight follows from a query's and a key's features.
  public enum Kind: String, Sendable, Hashable {
    /// Their product, normalised.
    case linear
    /// The exponential of their product, normalised.
    case softmax
  }

  /// How a weight follows from the features.
  public let kind: Kind
  /// Heads.
  public let heads: Int
  /// M, the features of a head.
  public let features: Int
  /// Windows, each apart from the rest.
  public let windows: Int
  /// The queries of a window.
  public let windowQueries: Int
  /// The keys of a window.
  public let windowKeys: Int
  /// φ(q), or q times the scale: (heads, N, M).
  public let queries: [Float]
  /// φ(k), or k: (heads, N, M).
  public let keys: [Float]
  /// z, (heads, N). Zero plus ε where a ReLU left nothing of a query.
  public let normaliser: [Float]
  /// φ(k) once more, across: (heads, windows, M, keys of a window), for rows.
  private let keysAcross: [Float]
  /// b, the bias and mask of a softmax.
  let addends: SoftmaxAddends?

  /// N of the queries.
  public var queryCount: Int { windows * windowQueries }
  /// N of the keys.
  public var keyCount: Int { windows * windowKeys }

  init(
    kind: Kind, queries: HeadFeatures, keys: HeadFeatures, normaliser: [Float], addends: SoftmaxAddends? = nil
  ) {
    self.kind = kind
    (heads, features, windows) = (queries.heads, queries.width, queries.windows)
    (windowQueries, windowKeys) = (queries.tokens, keys.tokens)
    (self.queries, self.keys) = (queries.values, keys.values)
    self.normaliser = normaliser
    self.addends = addends
    let (count, width) = (keys.tokens, keys.width)
    keysAcross = [Float](unsafeUninitializedCapacity: keys.values.count) { across, written in
      keys.values.withUnsafeBufferPointer { along in
        for group in stride(from: 0, to: along.count, by: count * width) {
          for key in 0..<count {
            for feature in 0..<width {
              across[group + feature * count + key] = along[group + key * width + feature]
            }
          }
        }
        written = along.count
      }
    }
  }
}

// One query, one key. Windows and slots count from 0; a slot is a position in its window.
extension AttentionFactors {
  /// Adds share·A_ij to the row of a query, over the keys of its window or a range of them. O(N·M).
  func addRow(
    head: Int, window: Int, query: Int, share: Float, to row: UnsafeMutableBufferPointer<Float>,
    keys: Range<Int>? = nil
  ) {
    let keys = keys ?? 0..<windowKeys
    let divisor = normaliser[head * queryCount + window * windowQueries + query]
    guard kind == .softmax else {
      return addProducts(
        share / divisor, head: head, window: window, query: query, to: row, keys: keys)
    }
    var logits = [Float](repeating: -divisor, count: windowKeys)
    writeLogits(head: head, window: window, query: query, to: &logits)
    for key in keys { row[key] += share * exp(logits[key]) }
  }

  /// Adds q_i·k_j + b_ij to a value for each key of a query's window. O(N·M).
  func writeLogits(head: Int, window: Int, query: Int, to logits: inout [Float]) {
    logits.withUnsafeMutableBufferPointer {
      addProducts(1, head: head, window: window, query: query, to: $0, keys: 0..<windowKeys)
    }
    guard let addends else { return }
    for key in 0..<windowKeys {
      logits[key] += addends.value(head: head, window: window, query: query, key: key)
    }
  }

  private func addProducts(
    _ factor: Float, head: Int, window: Int, query: Int, to row: UnsafeMutableBufferPointer<Float>,
    keys range: Range<Int>
  ) {
    keysAcross.withUnsafeBufferPointer { across in
      queries.withUnsafeBufferPointer { queries in
        guard let keys = across.baseAddress, let vectors = queries.baseAddress, let target = row.baseAddress
        else { return }
        Fovea.addProducts(
          factor, vectors + (head * queryCount + window * windowQueries + query) * features, features,
          keys + (head * keyCount + window * windowKeys) * features + range.lowerBound, stride: windowKeys,
          to: target + range.lowerBound, range.count)
      }
    }
  }

  /// Adds share·A_ij to the column of a key, over the queries of its window. O(N·M).
  func addColumn(
    head: Int, window: Int, key: Int, share: Float, to column: UnsafeMutableBufferPointer<Float>
  ) {
    let firstQuery = head * queryCount + window * windowQueries
    keys.withUnsafeBufferPointer { keys in
      queries.withUnsafeBufferPointer { queries in
        guard let base = keys.baseAddress, let vectors = queries.baseAddress else { return }
        let vector = base + (head * keyCount + window * windowKeys + key) * features
        for query in 0..<windowQueries {
          let place = firstQuery + query
          let product = dotProduct(vectors + place * features, vector, features)
          if kind == .linear {
            column[query] += share * (product / normaliser[place])
          } else {
            let addend = addends?.value(head: head, window: window, query: query, key: key) ?? 0
            column[query] += share * exp(product + addend - normaliser[place])
          }
        }
      }
    }
  }
}
