import Fovea

/// Statistics as JSON: `statistics.json`, and what the page shows.
enum StatisticsJSON {
  /// A block's kind, grid and statistics, and where it was compared those of the mean under other kernels.
  static func block(
    _ block: BlockAttention, _ statistics: [AttentionStatistics],
    compare: [(kernel: String, statistics: AttentionStatistics)]?
  ) -> [(key: String, value: OrderedJSON)] {
    var pairs: [(key: String, value: OrderedJSON)] = [
      ("block", .string(block.path)), ("kernel", .string(block.kernel)),
      ("heads_count", .integer(block.factors.heads)), ("features", .integer(block.factors.features)),
      ("grid", [.integer(block.height), .integer(block.width)]),
      ("key_grid", [.integer(block.keyHeight), .integer(block.keyWidth)]),
      ("leading_tokens", .integer(block.leadingTokens)),
      (
        "window",
        block.window.map {
          ["height": .integer($0.height), "width": .integer($0.width), "shift": .integer($0.shift)]
        } ?? .null
      ),
      ("signed", .boolean(block.isSigned)), ("sampling", .string(sampling(statistics))),
      ("statistics", .array(statistics.map(Self.statistics))),
    ]
    if let compare {
      let lines: [OrderedJSON] = compare.map {
        ["kernel": .string($0.kernel), "statistics": Self.statistics($0.statistics)]
      }
      pairs.append(("compare", .array(lines)))
    }
    return pairs
  }

  /// Which queries were counted, in words.
  private static func sampling(_ statistics: [AttentionStatistics]) -> String {
    guard let first = statistics.first, first.queries < first.population else {
      return "all \(statistics.first?.population ?? 0) queries"
    }
    return "\(first.queries) of \(first.population) queries, seed \(QuerySample.seed)"
  }

  private static func statistics(_ of: AttentionStatistics) -> OrderedJSON {
    var pairs: [(key: String, value: OrderedJSON)] = [
      ("head", of.head.map(OrderedJSON.integer) ?? "mean"), ("queries_counted", .integer(of.queries)),
      ("queries", .integer(of.population)), ("undefined_rows", .integer(of.undefinedRows)),
    ]
    func add(_ key: String, _ value: Estimate?) {
      pairs.append((key, value.map { .number($0.value) } ?? .null))
      pairs.append((key + "_error", value?.standardError.map(OrderedJSON.number) ?? .null))
    }
    add("row_sum", of.rows?.rowSum)
    add("entropy_bits", of.rows?.entropy)
    add("effective_tokens", of.rows?.effectiveTokens)
    add("top_1_percent", of.rows?.topPercent)
    add("top_10_percent", of.rows?.topTenPercent)
    add("gini", of.rows?.gini)
    add("mean_distance_pixels", of.rows?.meanDistance)
    for (ending, rank) in [("", of.rank), ("_with_depthwise", of.rankWithDepthwise)] {
      add("rank\(ending)", rank?.numerical)
      add("stable_rank\(ending)", rank?.stable)
      pairs.append(("effective_rank\(ending)", (rank?.effective).map(OrderedJSON.number) ?? .null))
      pairs.append(("rank\(ending)_method", rank.map { .string($0.method.rawValue) } ?? .null))
    }
    return .object(pairs)
  }

  /// The measures of single queries, which the page computes as well.
  static func queries(
    _ answer: PhotoAttention, _ positions: [PixelPosition], heads: [Int?], _ choice: DepthwiseChoice
  ) -> OrderedJSON {
    var lines: [OrderedJSON] = []
    for block in answer.blocks {
      for head in heads where (head ?? 0) < block.factors.heads {
        for position in positions {
          guard let token = answer.token(of: block, x: position.x, y: position.y) else { continue }
          let measures = block.measures(query: token, head: head, choice, extent: answer.extent)
          lines.append([
            "block": .string(block.path), "head": head.map(OrderedJSON.integer) ?? "mean",
            "query": [.integer(position.x), .integer(position.y)], "measures": Self.measures(measures),
          ])
        }
      }
    }
    return .array(lines)
  }

  private static func measures(_ measures: RowMeasures?) -> OrderedJSON {
    guard let measures else { return .null }
    return [
      "row_sum": .number(measures.rowSum), "entropy_bits": .number(measures.entropy),
      "effective_tokens": .number(measures.effectiveTokens), "top_1_percent": .number(measures.topPercent),
      "top_10_percent": .number(measures.topTenPercent), "gini": .number(measures.gini),
      "mean_distance_pixels": measures.meanDistance.map(OrderedJSON.number) ?? .null,
    ]
  }
}
