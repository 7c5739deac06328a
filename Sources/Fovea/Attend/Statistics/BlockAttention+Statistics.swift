extension BlockAttention {
  /// The statistics of every head, then of the mean over the heads.
  ///
  /// O(queries·heads·N·M) for the rows and O(heads·N·M²) for the ranks; with a depthwise term, or softmax, O(N³)
  /// up to N = 1024, and 128 products of the matrix with a vector past it.
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
    let survey = RowSurvey(self, choice, extent: extent, ofMeanAlone: ofMeanAlone)
    // the mean's rank takes longest, and so comes first
    let (rows, reversed) = survey.measures(sample.queries, threads: threads, beside: heads.count) { place in
      let matrix = self.matrix(
        head: heads[heads.count - 1 - place], choice == .without ? .mean : choice)
      return (
        alone: self.rank(matrix.alone, threads: threads),
        with: matrix.term.map { _ in self.rank(matrix, threads: threads) }
      )
    }
    let ranks = Array(reversed.reversed())
    return heads.indices.map { place in
      let defined = rows[place].compactMap { $0 }
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
    RowSurvey(self, choice, extent: extent, ofMeanAlone: false)
      .measures([query], threads: 1, beside: 0, { _ in }).rows[head ?? factors.heads][0]
  }
}
