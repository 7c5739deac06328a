import FoveaEngine

/// Products of MᵀM with vectors side by side, for a matrix M of a window that is never formed.
protocol GramProducts {
  /// Σ of the squares of M's entries.
  var squaredNorm: Double { get }
  /// MᵀM x: (keys, lanes) → (keys, lanes).
  func product(with x: [Double], lanes: Int) -> [Double]
}

/// M = Q̃K̃ᵀ + T from the factors. O(N·M + N·side²) a vector.
struct FactoredProducts: GramProducts {
  private let queries: [Double], keys: [Double]
  private let queryPresence: [Double], keyPresence: [Double]
  private let width: Int
  private let depthwise: DepthwiseMatrix?

  init(_ block: BlockAttention, _ matrix: AttentionOperator, window: Int) {
    queryPresence = block.queryLayout.presence(window: window)
    keyPresence = block.keyLayout.presence(window: window)
    (queries, keys) = matrix.factorRows(window, queries: queryPresence, keys: keyPresence)
    width = matrix.heads.count * matrix.factors.features
    depthwise = matrix.depthwise
  }

  func product(with x: [Double], lanes: Int) -> [Double] {
    var seen = outer(queries, keys, x, lanes)
    depthwise?.addProduct(with: x, to: &seen, lanes: lanes, isTransposed: false)
    leaveOut(queryPresence, &seen, lanes)
    var back = outer(keys, queries, seen, lanes)
    depthwise?.addProduct(with: seen, to: &back, lanes: lanes, isTransposed: true)
    leaveOut(keyPresence, &back, lanes)
    return back
  }

  /// a (bᵀ x).
  private func outer(_ a: [Double], _ b: [Double], _ x: [Double], _ lanes: Int) -> [Double] {
    let sums = product(b, isTransposed: true, with: x, lanes)
    return product(a, isTransposed: false, with: sums, lanes)
  }

  /// a x or aᵀ x with a (slots, width).
  private func product(_ a: [Double], isTransposed: Bool, with x: [Double], _ lanes: Int) -> [Double] {
    let slots = a.count / width
    let (rows, depth) = isTransposed ? (width, slots) : (slots, width)
    var result = [Double](repeating: 0, count: rows * lanes)
    a.withUnsafeBufferPointer { a in
      x.withUnsafeBufferPointer { x in
        result.withUnsafeMutableBufferPointer { result in
          guard let a = a.baseAddress, let x = x.baseAddress, let result = result.baseAddress else { return }
          AnalysisKernels.current.multiply(
            rows: rows, columns: lanes, depth: depth, left: a,
            leftSteps: isTransposed ? (row: 1, depth: width) : (row: width, depth: 1), right: x,
            rightStride: lanes, into: result, stride: lanes)
        }
      }
    }
    return result
  }

  private func leaveOut(_ presence: [Double], _ values: inout [Double], _ lanes: Int) {
    guard presence.contains(0) else { return }
    for (slot, present) in presence.enumerated() where present == 0 {
      for lane in 0..<lanes { values[slot * lanes + lane] = 0 }
    }
  }

  /// ‖Q̃K̃ᵀ‖² + 2⟨Q̃, T K̃⟩ + ‖T‖².
  var squaredNorm: Double {
    var (own, other) = (SymmetricMatrix(size: width), SymmetricMatrix(size: width))
    own.addOuterProducts(ofRows: queries)
    other.addOuterProducts(ofRows: keys)
    var sum = zip(own.values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
    guard let depthwise else { return sum }
    var mixed = [Double](repeating: 0, count: queries.count)
    depthwise.addProduct(with: keys, to: &mixed, lanes: width, isTransposed: false)
    for place in mixed.indices { sum += 2 * mixed[place] * queries[place] }
    var band = [Float](repeating: 0, count: keyPresence.count)
    for query in queryPresence.indices where queryPresence[query] > 0 {
      depthwise.forEachWeight(ofQuery: query) { key, weight in band[key] += weight }
      depthwise.forEachWeight(ofQuery: query) { key, _ in
        sum += keyPresence[key] * Double(band[key]) * Double(band[key])
        band[key] = 0
      }
    }
    return sum
  }
}

/// M row by row, as softmax needs: Σ_i m_i (m_i·x). O(N²·M) a product, whatever the lanes.
struct RowProducts: GramProducts {
  private let rows: WeightRows
  private let queries: [Int]
  private let slots: Int
  private let share: Double
  private let threads: Int?

  /// Parts of the queries whose sums are added in order, so that threads change nothing.
  private static let parts = 8

  init(_ block: BlockAttention, _ matrix: AttentionOperator, window: Int, threads: Int?) {
    rows = matrix.weightRows(window: window, keys: block.keyLayout.slots(of: window))
    queries = block.queryLayout.slots(of: window)
    slots = matrix.keys
    share = 1 / (Double(rows.unit) * Double(matrix.heads.count))
    self.threads = threads
  }

  var squaredNorm: Double {
    let parts = overParts(count: 1) { values, row, _ in
      for weight in row { values[0] += weight * weight }
    }
    return parts.reduce(0) { $0 + $1[0] }
  }

  func product(with x: [Double], lanes: Int) -> [Double] {
    let present = rows.keys.flatMap { x[$0 * lanes..<($0 + 1) * lanes] }
    let parts = overParts(count: present.count) { back, row, count in
      present.withUnsafeBufferPointer { present in
        guard let x = present.baseAddress, let row = row.baseAddress, let back = back.baseAddress else {
          return
        }
        let kernels = AnalysisKernels.current
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count * lanes) { seen in
          guard let seen = seen.baseAddress else { return }
          seen.initialize(repeating: 0, count: count * lanes)
          let width = rows.keys.count
          kernels.multiply(
            rows: count, columns: lanes, depth: width, left: row, leftSteps: (row: width, depth: 1), right: x,
            rightStride: lanes, into: seen, stride: lanes)
          kernels.multiply(
            rows: width, columns: lanes, depth: count, left: row, leftSteps: (row: 1, depth: width),
            right: seen, rightStride: lanes, into: back, stride: lanes)
        }
      }
    }
    var result = [Double](repeating: 0, count: slots * lanes)
    for part in parts {
      for (place, key) in rows.keys.enumerated() {
        for lane in 0..<lanes { result[key * lanes + lane] += part[place * lanes + lane] }
      }
    }
    return result
  }

  /// Sums of what `body` adds for some rows at a time, (count, keys), one array a part of the queries.
  private func overParts(
    count: Int,
    _ body: @Sendable (UnsafeMutableBufferPointer<Double>, UnsafeBufferPointer<Double>, Int) -> Void
  ) -> [[Double]] {
    concurrentMap(Self.parts, threads: threads) { part in
      let own = queries[queries.count * part / Self.parts..<queries.count * (part + 1) / Self.parts]
      let scratch = WeightRows.Scratch(rows.factors)
      let width = rows.keys.count
      var sums = [Double](repeating: 0, count: count)
      var entries = [Double](repeating: 0, count: WeightRows.Scratch.limit * width)
      for start in stride(from: own.startIndex, to: own.endIndex, by: WeightRows.Scratch.limit) {
        let list = own[start..<min(start + WeightRows.Scratch.limit, own.endIndex)]
        rows.writeSums(queries: list, scratch)
        entries.withUnsafeMutableBufferPointer { entries in
          for line in 0..<list.count {
            let row = scratch.sums.floats + line * scratch.stride
            for key in 0..<width { entries[line * width + key] = share * Double(row[key]) }
          }
          sums.withUnsafeMutableBufferPointer { sums in
            body(sums, UnsafeBufferPointer(rebasing: entries[..<(list.count * width)]), list.count)
          }
        }
      }
      return sums
    }
  }
}
