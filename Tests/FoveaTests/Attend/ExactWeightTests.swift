import Fovea
import FoveaModels
import Testing

@Suite struct ExactWeightTests {
  /// (M + 24)·2⁻²³ of the sum of the products' magnitudes, which an entry's float32 factors may be off by; a
  /// softmax's exponent is off by as much, and its entry by that share.
  private func tolerance(_ block: BlockAttention) -> Double {
    let factors = block.factors
    let unit = Double(factors.features + 24) * 0x1p-23
    var greatest = 0.0
    for head in 0..<factors.heads {
      for window in 0..<factors.windows {
        func norm(_ values: [Float], _ count: Int, _ slot: Int) -> Double {
          let start = (head * count + slot) * factors.features
          return values[start..<start + factors.features].reduce(0.0) { $0 + Double($1) * Double($1) }
            .squareRoot()
        }
        let keys = (0..<factors.windowKeys).map {
          norm(factors.keys, factors.keyCount, window * factors.windowKeys + $0)
        }
        for query in 0..<factors.windowQueries {
          let slot = window * factors.windowQueries + query
          let size = norm(factors.queries, factors.queryCount, slot) * (keys.max() ?? 0)
          let divisor = Double(factors.normaliser[head * factors.queryCount + slot])
          greatest = max(greatest, factors.kind == .linear ? size / abs(divisor) : size + abs(divisor))
        }
      }
    }
    return unit * (factors.kind == .linear ? greatest : max(1, greatest))
  }

  @Test func rowsAndColumnsEqualTheDenseMatrixOfEveryKind() throws {
    for example in try AttentionKinds.cases() + [AttentionKinds.padded] {
      let shapes = try example.graph.shapes(
        height: example.input.shape.height, width: example.input.shape.width)
      for block in example.graph.attentionBlocks {
        let node = example.graph.nodes[block.attention.index]
        let attention = try example.attention(block)
        var map: Shape?
        if case .windows(let value, _, _) = block.grid { map = shapes[value.index] }
        let dense = try DenseAttention(
          node, example.run(node.inputs), parameters: example.parameters, mapShape: map)
        let limit = tolerance(attention)
        for head in 0..<attention.factors.heads {
          for query in stride(from: 0, to: attention.queryCount, by: 7) {
            let row = attention.row(query: query, head: head, .without)
            let expected = Windows(attention).denseRow(dense, head: head, query: query)
            let worst = zip(row, expected).map { abs(Double($0) - $1) }.max() ?? 0
            #expect(row.count == expected.count)
            #expect(
              worst <= limit, "\(example.name) \(block.path) head \(head) query \(query): \(worst), \(limit)")
          }
          let key = attention.keyCount / 3
          let column = attention.column(key: key, head: head, .without)
          for query in 0..<attention.queryCount {
            let entry = Double(attention.row(query: query, head: head, .without)[key])
            #expect(abs(Double(column[query]) - entry) <= limit, "\(example.name) \(block.path) column")
          }
        }
      }
    }
  }

  /// The product of rows and values is what the network adds: an oracle that knows nothing of the factors.
  @Test func rowsTimesValuesAreTheAttentionsOutputAndWithAChannelsTermTheSum() throws {
    for example in try AttentionKinds.cases() {
      for block in example.graph.attentionBlocks {
        let node = example.graph.nodes[block.attention.index]
        guard case .separate = node.layout else { continue }
        let attention = try example.attention(block)
        // the padding's values are no tokens of the map
        if let cut = attention.window, node.isLinear,
          attention.height % cut.height + attention.width % cut.width > 0
        {
          continue
        }
        let (sum, biases) = try example.sum(of: block)
        let maps = try example.run([node.inputs[2], block.attention, sum])
        let windows = Windows(attention)
        let (values, alone, both) = (
          windows.onMap(maps[0], isKeys: true), windows.onMap(maps[1], isKeys: false),
          windows.onMap(maps[2], isKeys: false)
        )
        let channels = maps[0].shape.channels
        let width = channels / attention.factors.heads
        let greatest = maps[0].values.map { Double(abs($0)) }.max() ?? 0
        let limit =
          (tolerance(attention) + 0x1p-22) * greatest * Double(attention.keyCount)
          + 0x1p-20 * (maps[2].values.map { Double(abs($0)) }.max() ?? 0)
        for head in 0..<attention.factors.heads {
          for query in stride(from: 0, to: attention.queryCount, by: 5) {
            let row = attention.row(query: query, head: head, .without)
            for channel in 0..<width {
              let place = head * width + channel
              func product(_ row: [Float]) -> Double {
                row.indices.reduce(0.0) { $0 + Double(row[$1]) * Double(values[$1 * channels + place]) }
              }
              let expected = Double(alone[query * channels + place])
              #expect(abs(product(row) - expected) <= limit, "\(example.name) \(block.path) \(head) \(query)")
              guard attention.depthwise != nil, query % 3 == 0, channel % 3 == 0 else { continue }
              let effective = attention.row(query: query, head: head, .channel(channel))
              let bias = query < attention.leadingTokens ? 0 : Double(biases[place])
              let total = Double(both[query * channels + place])
              #expect(
                abs(product(effective) + bias - total) <= limit,
                "\(example.name) \(block.path) with T: \(product(effective) + bias) for \(total)")
            }
          }
        }
      }
    }
  }

  @Test func theMeanOfTheKernelsIsTheMeanOfTheirOperators() throws {
    for example in AttentionKinds.made {
      for block in example.graph.attentionBlocks {
        let attention = try example.attention(block)
        guard let term = attention.depthwise else { continue }
        for query in [0, attention.queryCount / 2, attention.queryCount - 1] {
          let rows = (0..<term.channels).map { attention.row(query: query, head: 1, .channel($0)) }
          let mean = attention.row(query: query, head: 1)
          for key in mean.indices {
            let expected = rows.reduce(0.0) { $0 + Double($1[key]) } / Double(rows.count)
            #expect(abs(Double(mean[key]) - expected) <= 1e-6)
          }
        }
      }
    }
  }

  @Test func receivedMapsAndRowSumsAreTheSumsOfRows() throws {
    for example in AttentionKinds.made + [AttentionKinds.padded] {
      for block in example.graph.attentionBlocks {
        let attention = try example.attention(block)
        for head in [nil, 0] as [Int?] {
          let rows = (0..<attention.queryCount).map { attention.row(query: $0, head: head) }
          for (key, value) in attention.received(head: head).enumerated() {
            let expected = rows.reduce(0.0) { $0 + Double($1[key]) }
            #expect(abs(Double(value) - expected) <= 1e-5 * Double(attention.queryCount), "\(example.name)")
          }
          for (query, value) in attention.rowSums(head: head).enumerated() {
            let expected = rows[query].reduce(0.0) { $0 + Double($1) }
            #expect(abs(Double(value) - expected) <= 1e-5 * Double(attention.keyCount), "\(example.name)")
          }
        }
      }
    }
  }
}

extension Node {
  var isLinear: Bool { if case .linearAttention = operation { true } else { false } }

  var layout: LinearAttention.Layout {
    if case .linearAttention(let attention) = operation { attention.layout } else { .separate }
  }
}

extension AttentionCase {
  /// The attention with all that is added to it, and the biases of what is added: on tokens after the leading.
  func sum(of block: AttentionBlock) throws -> (Value, [Float]) {
    var sum = block.attention
    var biases = [Float](repeating: 0, count: block.attention.channels)
    var isLeading = false
    for (index, node) in graph.nodes.enumerated() {
      switch node.operation {
      case .combine(let combination) where combination.kind == .add && node.inputs.contains(sum):
        var place = node.inputs[0] == sum ? node.inputs[1] : node.inputs[0]
        while case .reshape = graph.nodes[place.index].operation {
          place = graph.nodes[place.index].inputs[0]
        }
        guard case .convolution(let convolution) = graph.nodes[place.index].operation, convolution.isDepthwise
        else { return (sum, biases) }
        if let bias = convolution.bias {
          let values = try parameters.values(of: bias)
          for channel in biases.indices { biases[channel] += values[channel % values.count] }
        }
        sum = value(index, block.attention.channels)
      case .slice(let slice) where slice.axis == .width && node.inputs[0] == sum && slice.start > 0:
        sum = value(index, block.attention.channels)
        isLeading = true
      case .concatenate where isLeading && node.inputs.contains(sum):
        return (value(index, block.attention.channels), biases)
      default: continue
      }
    }
    return (sum, biases)
  }

  private func value(_ index: Int, _ channels: Int) -> Value { Value(index: index, channels: channels) }
}
