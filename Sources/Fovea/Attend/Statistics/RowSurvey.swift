import FoveaEngine

/// Measures rows of a block's heads, and of their mean.
struct RowSurvey: Sendable {
  private let block: BlockAttention
  private let matrix: AttentionOperator
  /// The input's width and height in the photo's pixels.
  private let width: Double, height: Double
  private let isOfMeanAlone: Bool
  /// True where queries and keys share a grid, which they see whole; the distances then depend on the differences
  /// of rows and columns alone, and stand in `table`, (2H − 1, 2W − 1).
  private let isOnOneGrid: Bool
  private var table: [Float] = []

  init(
    _ block: BlockAttention, _ choice: DepthwiseChoice, extent: (width: Double, height: Double),
    ofMeanAlone: Bool
  ) {
    self.block = block
    matrix = block.matrix(head: nil, choice)
    (width, height) = extent
    isOfMeanAlone = ofMeanAlone
    let (own, keys) = (block.queryLayout, block.keyLayout)
    isOnOneGrid = own.height == keys.height && own.width == keys.width && keys.windows == 1
    guard isOnOneGrid else { return }
    let step = (x: Float(width / Double(keys.width)), y: Float(height / Double(keys.height)))
    table.reserveCapacity((2 * keys.height - 1) * (2 * keys.width - 1))
    for row in 1 - keys.height..<keys.height {
      for column in 1 - keys.width..<keys.width {
        let (dx, dy) = (Float(column) * step.x, Float(row) * step.y)
        table.append((dx * dx + dy * dy).squareRoot())
      }
    }
  }

  /// Queries of one window that are measured together.
  private struct Part {
    let window: Int
    /// Where they stand in the list.
    let places: ArraySlice<Int>
  }

  /// What a thread keeps.
  private struct State {
    let rows: WeightRows.Scratch
    let distances: KernelMemory
    var concentrator: RowConcentrator

    init(_ factors: AttentionFactors) {
      rows = WeightRows.Scratch(factors)
      distances = KernelMemory(
        byteCount: WeightRows.Scratch.limit * rows.stride * MemoryLayout<Float>.stride)
      concentrator = RowConcentrator(columns: factors.windowKeys)
    }
  }

  /// What a thread has done.
  private enum Work<Other: Sendable>: Sendable {
    case other(Other)
    case rows([[RowMeasures?]])
  }

  /// For every head unless of the mean alone, then the mean, the measures of every query, nil for a row of zeros.
  ///
  /// Other work, `count` pieces of it, is done by the same threads first, so that none waits for the longest.
  func measures<Other: Sendable>(
    _ queries: [Int], threads: Int?, beside count: Int, _ other: @Sendable (Int) -> Other
  ) -> (rows: [[RowMeasures?]], others: [Other]) {
    let groups = Dictionary(grouping: queries.indices) { block.queryLayout.place(of: queries[$0]).window }
    let windows = groups.keys.sorted()
    let sources = Dictionary(
      uniqueKeysWithValues: zip(
        windows,
        concurrentMap(windows.count, threads: threads) { place in
          matrix.weightRows(window: windows[place], keys: block.keyLayout.slots(of: windows[place]))
        }))
    let parts = windows.flatMap { window in
      let places = groups[window] ?? []
      return stride(from: 0, to: places.count, by: WeightRows.Scratch.limit).map {
        Part(window: window, places: places[$0..<min($0 + WeightRows.Scratch.limit, places.count)])
      }
    }
    let work = concurrentMap(count + parts.count, threads: threads, state: { State(block.factors) }) {
      place, state -> Work<Other> in
      guard place >= count else { return .other(other(place)) }
      let part = parts[place - count]
      return .rows(
        sources[part.window].map { measures(of: part.places.map { queries[$0] }, $0, &state) } ?? [])
    }
    var result = [[RowMeasures?]](
      repeating: [RowMeasures?](repeating: nil, count: queries.count),
      count: isOfMeanAlone ? 1 : block.factors.heads + 1)
    var others: [Other] = []
    for (place, work) in work.enumerated() {
      switch work {
      case .other(let other): others.append(other)
      case .rows(let heads):
        for (head, measures) in heads.enumerated() {
          for (query, measure) in zip(parts[place - count].places, measures) { result[head][query] = measure }
        }
      }
    }
    return (result, others)
  }

  /// The measures of queries of one window: a list a head, then the mean's.
  private func measures(of queries: [Int], _ source: WeightRows, _ state: inout State) -> [[RowMeasures?]] {
    let slots = queries.map { block.queryLayout.place(of: $0).slot }
    let tokens = source.keys.map {
      Int(block.keyLayout.tokens[source.window * block.keyLayout.slots + $0]) - block.keyLayout.leading
    }
    for (line, query) in queries.enumerated() {
      writeDistances(from: query, to: tokens, state.distances.floats + line * state.rows.stride)
    }
    var result: [[RowMeasures?]] = []
    let unit = Double(source.unit)
    let scratch = state.rows
    source.writeSums(queries: slots[...], scratch) { _ in
      guard !isOfMeanAlone else { return }
      result.append(measured(scratch.rows, queries, tokens, unit: unit, &state))
    }
    result.append(
      measured(scratch.sums, queries, tokens, unit: unit * Double(matrix.heads.count), &state))
    return result
  }

  private func measured(
    _ rows: KernelMemory, _ queries: [Int], _ tokens: [Int], unit: Double, _ state: inout State
  ) -> [RowMeasures?] {
    let stride = state.rows.stride
    let found = state.concentrator.measure(
      rows.floats, count: queries.count, columns: tokens.count, distances: state.distances.floats,
      stride: stride, tops: ((tokens.count + 99) / 100, (tokens.count + 9) / 10))
    let homeless = tokens.prefix { $0 < 0 }.count  // leading tokens come first
    return found.enumerated().map { line, row in
      guard let row else { return nil }
      let row0 = rows.floats + line * stride
      let away = (0..<homeless).reduce(0.0) { $0 + Double(abs(row0[$1])) } / row.size
      return RowMeasures(
        row, unit: unit, placed: queries[line] < block.queryLayout.leading ? nil : 1 - away)
    }
  }

  /// Pixels from a query to every key; zero where either has no place.
  private func writeDistances(from query: Int, to tokens: [Int], _ target: UnsafeMutablePointer<Float>) {
    let (own, keys) = (block.queryLayout, block.keyLayout)
    guard query >= own.leading else { return target.update(repeating: 0, count: tokens.count) }
    let (row, column) = (query - own.leading).quotientAndRemainder(dividingBy: own.width)
    if isOnOneGrid {
      target.update(repeating: 0, count: keys.leading)
      table.withUnsafeBufferPointer { table in
        guard let table = table.baseAddress else { return }
        for key in 0..<keys.height {
          let line = table + (key - row + keys.height - 1) * (2 * keys.width - 1) + keys.width - 1 - column
          (target + keys.leading + key * keys.width).update(from: line, count: keys.width)
        }
      }
      return
    }
    let step = (x: width / Double(keys.width), y: height / Double(keys.height))
    let x = (Double(column) + 0.5) * width / Double(own.width) - 0.5 * step.x
    let y = (Double(row) + 0.5) * height / Double(own.height) - 0.5 * step.y
    for (slot, pixel) in tokens.enumerated() {
      let dx = Double(pixel % keys.width) * step.x - x
      let dy = Double(pixel / keys.width) * step.y - y
      target[slot] = pixel < 0 ? 0 : Float((dx * dx + dy * dy).squareRoot())
    }
  }
}
