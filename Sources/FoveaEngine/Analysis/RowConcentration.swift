import CFoveaKernels

/// How the weights w of a row are spread, p_j = |w_j| / Σ|w|.
package struct RowConcentration: Sendable {
  /// Σ w.
  package let sum: Double
  /// Σ |w|.
  package let size: Double
  /// −Σ p log₂ p, in bits.
  package let entropy: Double
  /// Σ p d.
  package let away: Double
  /// Σ_{i<j} |p_i − p_j| / n.
  package let gini: Double
  /// Σ p of the greatest weights, so many as were asked for.
  package let tops: (Double, Double)
}

/// Measures rows of up to a number of columns; a thread's own, for it keeps memory between rows.
package struct RowConcentrator {
  private let kernels: AnalysisKernels
  private let memory: KernelMemory
  private let limit: Int
  private var found: [fovea_concentration] = []

  /// One for rows of at most `columns`.
  package init(columns: Int, kernels: AnalysisKernels = .current) {
    self.kernels = kernels
    limit = columns
    memory = KernelMemory(byteCount: fovea_concentration_scratch(columns))
  }

  /// The concentration of every row, nil where it is all zeros or not finite. O(count·columns).
  ///
  /// - Parameters:
  ///   - rows: (count, columns), a row every `stride` elements.
  ///   - distances: d of every element, laid out as the rows.
  ///   - tops: how many of the greatest `RowConcentration.tops` are of.
  package mutating func measure(
    _ rows: UnsafePointer<Float>, count: Int, columns: Int, distances: UnsafePointer<Float>, stride: Int,
    tops: (Int, Int)
  ) -> [RowConcentration?] {
    precondition(columns <= limit, "a concentrator of \(limit) columns was given \(columns)")
    if found.count < count {
      found += [fovea_concentration](repeating: fovea_concentration(), count: count - found.count)
    }
    found.withUnsafeMutableBufferPointer { found in
      var operation = fovea_concentrate()
      (operation.rows, operation.columns) = (count, columns)
      (operation.input, operation.input_stride) = (rows, stride)
      (operation.distances, operation.distances_stride) = (distances, stride)
      operation.top = (tops.0, tops.1)
      (operation.scratch, operation.output) = (memory.base, found.baseAddress)
      kernels.table.pointee.concentrate(&operation)
    }
    return found[..<count].map { row in
      guard row.size > 0 else { return nil }
      return RowConcentration(
        sum: row.sum, size: row.size, entropy: row.entropy, away: row.away, gini: row.gini,
        tops: (row.top.0, row.top.1))
    }
  }
}
