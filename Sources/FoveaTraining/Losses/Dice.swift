#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One minus the mean Dice coefficient of the classes (Milletari et al., "V-Net", 2016, summed without
/// squares): L = 1 − Σ_c (2 Σ_r p_rc t_rc + ε) / (Σ_r p_rc + Σ_r t_rc + ε) / K, p the softmax.
///
/// The sums run over all rows that have a class, so it is fed in two passes: `add`, then `gradient`.
public struct Dice: Sendable {
  /// ε, which keeps a class that neither occurs nor is predicted out of the way.
  public static let smoothing = 1.0

  private let classes: Int
  private var products: [Double]
  private var predicted: [Double]
  private var actual: [Double]

  /// The sums of no rows.
  public init(classes: Int) {
    self.classes = classes
    products = [Double](repeating: 0, count: classes)
    (predicted, actual) = (products, products)
  }

  /// Adds rows to the sums: (R, K) logits, R ids; a row whose id is no class is left out. O(R·K).
  public mutating func add(_ logits: UnsafeBufferPointer<Float>, ids: UnsafeBufferPointer<Int32>) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: classes) { row in
      for (index, id) in ids.enumerated() where id >= 0 && id < classes {
        Self.softmax(logits, index * classes, into: row)
        for c in 0..<classes { predicted[c] += Double(row[c]) }
        products[Int(id)] += Double(row[Int(id)])
        actual[Int(id)] += 1
      }
    }
  }

  /// Adds another part's sums.
  public mutating func add(_ other: Dice) {
    for c in 0..<classes {
      products[c] += other.products[c]
      predicted[c] += other.predicted[c]
      actual[c] += other.actual[c]
    }
  }

  /// The loss of all rows that were added, 0 to 1.
  public var loss: Double {
    let coefficients = (0..<classes).map { (2 * products[$0] + Self.smoothing) / denominator($0) }
    return 1 - coefficients.reduce(0, +) / Double(classes)
  }

  /// Adds `scale` · dL/dz of rows to `gradient`, (R, K): rows among those that were added. O(R·K).
  public func addGradient(
    of logits: UnsafeBufferPointer<Float>, ids: UnsafeBufferPointer<Int32>, scale: Double,
    to gradient: UnsafeMutableBufferPointer<Float>
  ) {
    // dL/dp_c = rest_c, and for the row's own class hit_c besides
    let rest = (0..<classes).map { c in
      Float(scale / Double(classes) * (2 * products[c] + Self.smoothing) / (denominator(c) * denominator(c)))
    }
    let hit = (0..<classes).map { Float(-scale / Double(classes) * 2 / denominator($0)) }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: classes) { row in
      for (index, id) in ids.enumerated() where id >= 0 && id < classes {
        let own = Int(id)
        Self.softmax(logits, index * classes, into: row)
        var mean = hit[own] * row[own]
        for c in 0..<classes { mean += rest[c] * row[c] }
        for c in 0..<classes { gradient[index * classes + c] += row[c] * (rest[c] - mean) }
        gradient[index * classes + own] += row[own] * hit[own]
      }
    }
  }

  private func denominator(_ index: Int) -> Double { predicted[index] + actual[index] + Self.smoothing }

  private static func softmax(
    _ logits: UnsafeBufferPointer<Float>, _ start: Int, into row: UnsafeMutableBufferPointer<Float>
  ) {
    var greatest = -Float.infinity
    for c in row.indices { greatest = max(greatest, logits[start + c]) }
    var total: Float = 0
    for c in row.indices {
      row[c] = exp(logits[start + c] - greatest)
      total += row[c]
    }
    for c in row.indices { row[c] /= total }
  }
}
