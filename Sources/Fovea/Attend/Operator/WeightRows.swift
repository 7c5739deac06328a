import FoveaEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Rows of a window's matrices, several queries at a time, by the engine's kernels: the keys are packed once.
///
/// What is written is `unit` times the weights, or `unit`·heads times the mean's. Focused features of channels
/// that ReLU closed are near 10⁻¹⁸, or 10⁻²⁴ at a power of 4; products of two would be subnormal, which takes a
/// hundred times as long, so linear rows are lifted.
struct WeightRows: Sendable {
  let factors: AttentionFactors
  let heads: Range<Int>
  let window: Int
  /// The slots of the keys, the padding left out.
  let keys: [Int]
  /// What the weights are multiplied by.
  let unit: Float
  private let packed: [PackedColumns]
  private let depthwise: [DepthwiseMatrix]
  /// Where each slot lies among the keys; −1 in the padding. Empty where there is none.
  private let places: [Int]

  /// Rows over the keys of a window; `term` gives the depthwise matrix of a head. O(heads·N·M).
  init(
    _ factors: AttentionFactors, heads: Range<Int>, window: Int, keys: [Int],
    depthwise term: (Int) -> DepthwiseMatrix?
  ) {
    (self.factors, self.heads, self.window, self.keys) = (factors, heads, window, keys)
    unit = factors.kind == .linear ? 0x1p60 : 1
    let isWhole = keys.count == factors.windowKeys
    // the padding may have its share of a softmax, which is then left out
    let isPart = !isWhole && factors.kind == .linear
    packed = heads.map { factors.packedKeys(head: $0, window: window, slots: isPart ? keys : nil) }
    depthwise = heads.compactMap(term)
    var places: [Int] = []
    if !isWhole {
      places = [Int](repeating: -1, count: factors.windowKeys)
      for (place, key) in keys.enumerated() { places[key] = place }
    }
    self.places = places
  }

  /// Memory for rows, a thread's own.
  struct Scratch {
    /// Queries that are written at once.
    static let limit = 14
    let rows: KernelMemory
    let sums: KernelMemory
    fileprivate let queries: KernelMemory
    fileprivate let addends: KernelMemory
    /// Elements from a row to the next: never a large power of two, which would fall into few sets of a cache.
    let stride: Int

    /// Memory for rows of a block.
    init(_ factors: AttentionFactors) {
      let padded = (factors.windowKeys + 15) & ~15
      stride = padded.isMultiple(of: 256) ? padded + 16 : padded
      let bytes = Self.limit * stride * MemoryLayout<Float>.stride
      (rows, sums) = (KernelMemory(byteCount: bytes), KernelMemory(byteCount: bytes))
      addends = KernelMemory(byteCount: factors.addends == nil ? 0 : bytes)
      queries = KernelMemory(byteCount: Self.limit * factors.features * MemoryLayout<Float>.stride)
    }
  }

  /// Writes the products of queries and keys. O(queries·N·M).
  private func writeProducts(head: Int, queries: ArraySlice<Int>, _ scratch: Scratch) {
    precondition(
      queries.count <= Scratch.limit, "\(queries.count) rows at once, of at most \(Scratch.limit)")
    factors.copyQueries(head: head, window: window, queries, unit: unit, to: scratch.queries.floats)
    AnalysisKernels.current.multiply(
      scratch.queries.floats, count: queries.count, by: packed[head - heads.lowerBound],
      into: scratch.rows.floats, stride: scratch.stride)
  }

  /// log Σ_j exp(q_i·k_j + b_ij) of a softmax's rows.
  func logarithmsOfSums(head: Int, queries: ArraySlice<Int>, _ scratch: Scratch) -> [Float] {
    writeProducts(head: head, queries: queries, scratch)
    let addends = addends(head: head, queries: queries, scratch)
    return queries.indices.map { line in
      let start = (line - queries.startIndex) * scratch.stride
      let row = scratch.rows.floats + start
      if let addends { for key in 0..<factors.windowKeys { row[key] += addends[start + key] } }
      let greatest = greatest(of: row, count: factors.windowKeys)
      AnalysisKernels.current.softmax(
        row, count: 1, columns: factors.windowKeys, addends: nil, stride: scratch.stride)
      return greatest - log(self.greatest(of: row, count: factors.windowKeys))
    }
  }

  private func greatest(of row: UnsafePointer<Float>, count: Int) -> Float {
    var lanes = SIMD8<Float>(repeating: -.infinity)
    for place in stride(from: 0, to: count & ~7, by: 8) {
      let values = UnsafeRawPointer(row + place).loadUnaligned(as: SIMD8<Float>.self)
      lanes.replace(with: values, where: values .> lanes)
    }
    return (count & ~7..<count).reduce(lanes.max()) { max($0, row[$1]) }
  }

  /// Writes the rows of a head, (queries, keys), to `scratch.rows`. O(queries·N·M).
  func write(head: Int, queries: ArraySlice<Int>, _ scratch: Scratch) {
    let (kernels, count, place) = (AnalysisKernels.current, queries.count, head - heads.lowerBound)
    writeProducts(head: head, queries: queries, scratch)
    if factors.kind == .softmax {
      kernels.softmax(
        scratch.rows.floats, count: count, columns: factors.windowKeys,
        addends: addends(head: head, queries: queries, scratch), stride: scratch.stride)
      if !places.isEmpty { leaveOutPadding(count, scratch) }
    }
    guard place < depthwise.count else { return }
    for (line, query) in queries.enumerated() {
      let row = scratch.rows.floats + line * scratch.stride
      depthwise[place].forEachWeight(ofQuery: query) { key, weight in
        let key = places.isEmpty ? key : places[key]
        if key >= 0 { row[key] += unit * weight }
      }
    }
  }

  /// Writes the sums of all heads' rows to `scratch.sums`; calls with each head while its rows are there.
  func writeSums(
    queries: ArraySlice<Int>, _ scratch: Scratch, forEachHead body: (Int) -> Void = { _ in }
  ) {
    for head in heads {
      write(head: head, queries: queries, scratch)
      body(head)
      if head == heads.lowerBound {
        scratch.sums.floats.update(from: scratch.rows.floats, count: queries.count * scratch.stride)
      } else {
        AnalysisKernels.current.add(
          scratch.rows.floats, to: scratch.sums.floats, count: queries.count, columns: keys.count,
          stride: scratch.stride)
      }
    }
  }

  private func leaveOutPadding(_ count: Int, _ scratch: Scratch) {
    for line in 0..<count {
      let row = scratch.rows.floats + line * scratch.stride
      for (place, key) in keys.enumerated() { row[place] = row[key] }
    }
  }

  /// The bias and mask of some queries, (queries, keys of the window).
  private func addends(head: Int, queries: ArraySlice<Int>, _ scratch: Scratch) -> UnsafePointer<Float>? {
    guard let addends = factors.addends, addends.isPresent else { return nil }
    for (line, query) in queries.enumerated() {
      let row = scratch.addends.floats + line * scratch.stride
      for key in 0..<factors.windowKeys {
        row[key] = addends.value(head: head, window: window, query: query, key: key)
      }
    }
    return UnsafePointer(scratch.addends.floats)
  }
}

extension AttentionFactors {
  /// The keys of a window's slots, or of all of them, as the right side of a product.
  fileprivate func packedKeys(head: Int, window: Int, slots: [Int]?) -> PackedColumns {
    keys.withUnsafeBufferPointer { keys in
      let first = (head * keyCount + window * windowKeys) * features
      guard let slots else {
        return Self.packed(UnsafeBufferPointer(rebasing: keys[first...]), count: windowKeys, features)
      }
      let chosen = slots.flatMap { slot in keys[first + slot * features..<first + (slot + 1) * features] }
      return chosen.withUnsafeBufferPointer { Self.packed($0, count: slots.count, features) }
    }
  }

  private static func packed(_ keys: UnsafeBufferPointer<Float>, count: Int, _ depth: Int) -> PackedColumns {
    guard let base = keys.baseAddress else { preconditionFailure("a window without keys has no rows") }
    return PackedColumns(base, count: count, depth: depth)
  }

  /// φ(q) times unit / z for linear attention, q for softmax: (queries, M).
  fileprivate func copyQueries(
    head: Int, window: Int, _ slots: ArraySlice<Int>, unit: Float, to target: UnsafeMutablePointer<Float>
  ) {
    queries.withUnsafeBufferPointer { vectors in
      for (line, slot) in slots.enumerated() {
        let place = head * queryCount + window * windowQueries + slot
        let factor = kind == .linear ? unit / normaliser[place] : 1
        for feature in 0..<features {
          target[line * features + feature] = factor * vectors[place * features + feature]
        }
      }
    }
  }
}
