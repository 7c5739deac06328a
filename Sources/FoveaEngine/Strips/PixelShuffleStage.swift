import FoveaGraph

extension PixelShuffle: StripOperation {
  /// Every pixel has one source, whose rows are a fraction of its own.
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    .strips(self, .unary(inputs[0]), .rows(halo: 0, coversInput: true))
  }

  func stage(of operation: LoweredOperation, _ site: StageSite) -> any RowStage {
    PixelShuffleStage(
      factor: factor, channels: operation.output.shape.channels, elementSize: site.elementSize)
  }
}

/// Channel c of pixel (r·y + i, r·x + j) from channel c·r² + i·r + j of pixel (y, x).
struct PixelShuffleStage: RowStage {
  /// r.
  let factor: Int
  /// C of the output.
  let channels: Int
  let elementSize: Int

  var isPointwise: Bool { false }
  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> { divided(rows) }
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> { divided(columns) }

  private func divided(_ range: Range<Int>) -> Range<Int> {
    range.lowerBound / factor..<(range.upperBound - 1) / factor + 1
  }

  func run(_ area: Area, _ maps: StageMaps) {
    if elementSize == 4 { move(UInt32.self, area, maps) } else { move(UInt16.self, area, maps) }
  }

  private func move<Element: BitwiseCopyable>(_ type: Element.Type, _ area: Area, _ maps: StageMaps) {
    for row in area.rows {
      for column in area.columns {
        let place = row % factor * factor + column % factor
        let source = maps.input.pixel(row / factor, column / factor).assumingMemoryBound(to: type) + place
        let target = maps.output.pixel(row, column).assumingMemoryBound(to: type)
        for channel in 0..<channels { target[channel] = source[channel * factor * factor] }
      }
    }
  }
}
