extension BlockAttention {
  /// The statistics of every head, then of the mean over the heads.
  ///
  /// O(queries·heads·N·M) for the rows and O(heads·N·M²) for the ranks; with a depthwise term, or softmax, O(N³)
  /// up to N = 1024, and some 200 products of the matrix with a vector past it.
  ///
  /// - Parameters:
  ///   - choice: which matrix the rows are of.
  ///   - extent: the input's width and height in the photo's pixels, for distances.
  ///   - ofMeanAlone: only those of the mean, whose rank then is the only one to be computed.
  ///   - threads: how many work at it; nil takes one a processor. The numbers are the same.
  public func statistics(
    _ choice: DepthwiseChoice = .mean, extent: (width: Double, height: Double), ofMeanAlone: Bool = false,
    threads: Int? = nil
  ) -> [AttentionStatistics] {
    let heads: [Int?] = (ofMeanAlone ? [] : (0..<factors.heads).map(Optional.some)) + [nil]
    let sample = QuerySample(of: queryCount)
    let rows = RowSurvey(self, choice, extent: extent).measures(sample.queries, threads: threads)
    let ranks = concurrentMap(heads.count, threads: threads) { place in
      let withTerm = self.matrix(head: heads[place], choice == .without ? .mean : choice)
      return (alone: self.rank(withTerm.alone), with: withTerm.depthwise.map { _ in self.rank(withTerm) })
    }
    return heads.indices.map { place in
      let defined = rows[heads[place] ?? factors.heads].compactMap { $0 }
      return AttentionStatistics(
        head: heads[place],
        rows: RowStatistics(defined, counted: sample.queries.count, population: sample.population),
        queries: sample.queries.count, population: sample.population,
        undefinedRows: sample.queries.count - defined.count,
        rank: ranks[place].alone, rankWithDepthwise: ranks[place].with ?? nil)
    }
  }

  /// The measures of one query's row; nil where it is all zeros.
  public func measures(
    query: Int, head: Int? = nil, _ choice: DepthwiseChoice = .mean, extent: (width: Double, height: Double)
  ) -> RowMeasures? {
    RowSurvey(self, choice, extent: extent).measures([query], threads: 1)[head ?? factors.heads][0]
  }
}

/// Measures rows of all heads, and of their mean.
private struct RowSurvey: Sendable {
  let block: BlockAttention
  let matrices: [AttentionOperator]
  let width: Double, height: Double

  init(_ block: BlockAttention, _ choice: DepthwiseChoice, extent: (width: Double, height: Double)) {
    self.block = block
    matrices = (0..<block.factors.heads).map { block.matrix(head: $0, choice) }
    (width, height) = extent
  }

  /// For every head, then the mean, the measures of every query.
  func measures(_ queries: [Int], threads: Int?) -> [[RowMeasures?]] {
    // sixteen queries at a time, of one window where there are windows
    let groups = Dictionary(grouping: queries.indices) { place in
      block.queryLayout.place(of: queries[place]).window
    }
    let parts = groups.sorted { $0.key < $1.key }.flatMap { _, places in
      stride(from: 0, to: places.count, by: 16).map { Array(places[$0..<min($0 + 16, places.count)]) }
    }
    let measured = concurrentMap(parts.count, threads: threads) { part in
      self.measures(of: parts[part].map { queries[$0] })
    }
    var result = [[RowMeasures?]](
      repeating: [RowMeasures?](repeating: nil, count: queries.count), count: matrices.count + 1)
    for (places, measures) in zip(parts, measured) {
      for (place, heads) in zip(places, measures) {
        for (head, measure) in heads.enumerated() { result[head][place] = measure }
      }
    }
    return result
  }

  /// The measures of every head, then the mean, of queries of one window.
  private func measures(of queries: [Int]) -> [[RowMeasures?]] {
    var sorter = RowSorter()
    let window = block.queryLayout.place(of: queries[0]).window
    let slots = queries.map { block.queryLayout.place(of: $0).slot }
    let distances = queries.map { self.distances(from: $0, window: window) }
    var means: [[Float]] = []
    var result: [[RowMeasures?]] = queries.map { _ in [] }
    let share = 1 / Float(matrices.count)
    for matrix in matrices {
      let rows = matrix.rows(window: window, queries: slots).map {
        block.keyLayout.withoutPadding($0, window: window)
      }
      if means.isEmpty { means = rows.map { [Float](repeating: 0, count: $0.count) } }
      for place in queries.indices {
        means[place].add(share, times: rows[place])
        result[place].append(RowMeasures(rows[place], distances: distances[place], sorter: &sorter))
      }
    }
    for place in queries.indices {
      result[place].append(RowMeasures(means[place], distances: distances[place], sorter: &sorter))
    }
    return result
  }

  /// Pixels from a query to every key of its window, −1 to leading tokens; empty for a leading query.
  private func distances(from query: Int, window: Int) -> [Float] {
    let (own, keys) = (block.queryLayout, block.keyLayout)
    guard query >= own.leading else { return [] }
    let step = (x: width / Double(keys.width), y: height / Double(keys.height))
    let place = query - own.leading
    let x = (Double(place % own.width) + 0.5) * width / Double(own.width) - 0.5 * step.x
    let y = (Double(place / own.width) + 0.5) * height / Double(own.height) - 0.5 * step.y
    let tokens = keys.tokens[window * keys.slots..<(window + 1) * keys.slots]
    var result: [Float] = []
    result.reserveCapacity(tokens.count)
    for token in tokens where token >= 0 {
      let pixel = Int(token) - keys.leading
      guard pixel >= 0 else {
        result.append(-1)
        continue
      }
      let dx = Double(pixel % keys.width) * step.x - x
      let dy = Double(pixel / keys.width) * step.y - y
      result.append(Float((dx * dx + dy * dy).squareRoot()))
    }
    return result
  }
}

extension [Float] {
  fileprivate mutating func add(_ factor: Float, times other: [Float]) {
    withUnsafeMutableBufferPointer { own in
      other.withUnsafeBufferPointer { other in
        for place in 0..<own.count { own[place] += factor * other[place] }
      }
    }
  }
}

extension TokenLayout {
  /// The values of a window's slots that hold tokens.
  func withoutPadding(_ values: [Float], window: Int) -> [Float] {
    guard regions != nil, tokens[window * slots..<(window + 1) * slots].contains(-1) else { return values }
    return (0..<slots).compactMap { tokens[window * slots + $0] < 0 ? nil : values[$0] }
  }
}
