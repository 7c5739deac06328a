import FoveaGraph

/// Blocks of 2×2 pixels as one pixel: channel (2·dx + dy)·C + c from pixel (2y + dy, 2x + dx).
struct SpaceToDepthStage: RowStage {
  /// C of the input.
  let channels: Int
  let elementSize: Int

  var isPointwise: Bool { false }
  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> { doubled(rows, height) }
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> { doubled(columns, width) }

  private func doubled(_ range: Range<Int>, _ extent: Int) -> Range<Int> {
    2 * range.lowerBound..<min(2 * range.upperBound, extent)
  }

  func run(_ area: Area, _ maps: StageMaps) {
    let bytes = channels * elementSize
    for row in area.rows {
      for column in area.columns {
        let target = maps.output.pixel(row, column)
        for part in 0..<4 {
          let (y, x) = (2 * row + part % 2, 2 * column + part / 2)
          if y < maps.input.height && x < maps.input.width {
            (target + part * bytes).copyMemory(from: maps.input.pixel(y, x), byteCount: bytes)
          } else {
            (target + part * bytes).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
          }
        }
      }
    }
  }
}

extension SpaceToDepth: StripOperation {
  /// Two rows for each, of its own alone.
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    .strips(self, .unary(inputs[0]), .rows(halo: 0, coversInput: true))
  }

  func stage(of operation: LoweredOperation, _ site: StageSite) -> any RowStage {
    SpaceToDepthStage(channels: operation.output.shape.channels / 4, elementSize: site.elementSize)
  }
}
