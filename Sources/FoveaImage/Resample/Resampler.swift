/// Resizes, turns upright and crops an image as its rows are decoded. On RGB of 8 bits or float32 the result
/// equals Pillow's antialiased resize of the upright picture to the bit: along one axis, rounded to a sample, then
/// along the other. The two run along and across the stored rows, in the order that is the upright picture's.
final class Resampler<Sample: ResampledSample> {
  private let orientation: Orientation
  private let storedWidth: Int
  private let storedHeight: Int
  private let content: PixelRectangle
  private let outputWidth: Int
  private let along: AlongRow<Sample>?
  private let across: AcrossRows<Sample>?
  private let alongFirst: Bool
  /// The stored pixels of a row that are used, once a mirrored row is reversed.
  private let used: Range<Int>
  /// The stored rows that are used, counted in upright order.
  private let usedRows: Range<Int>
  private let reversed: UnsafeMutablePointer<Sample>
  private let line: UnsafeMutablePointer<Sample>
  private let pixels: UnsafeMutablePointer<Sample>

  /// Resamples the stored rows of `width` × `height` pixels into `pixels`, an upright picture of
  /// `geometry.inputWidth` × `geometry.inputHeight` whose part without photo is left untouched.
  init(
    storedWidth: Int, storedHeight: Int, orientation: Orientation, geometry: InputGeometry,
    filter: ResamplingFilter, into pixels: UnsafeMutablePointer<Sample>
  ) {
    self.orientation = orientation
    self.storedWidth = storedWidth
    self.storedHeight = storedHeight
    self.pixels = pixels
    content = geometry.content
    outputWidth = geometry.inputWidth
    let columns = content.x + geometry.offsetX..<content.x + geometry.offsetX + content.width
    let rows = content.y + geometry.offsetY..<content.y + geometry.offsetY + content.height
    let swaps = orientation.swapsAxes
    let alongTable = Self.table(
      from: storedWidth, to: swaps ? geometry.resizedHeight : geometry.resizedWidth,
      outputs: swaps ? rows : columns, filter)
    let acrossTable = Self.table(
      from: storedHeight, to: swaps ? geometry.resizedWidth : geometry.resizedHeight,
      outputs: swaps ? columns : rows, filter)
    used = alongTable?.sources ?? (swaps ? rows : columns)
    usedRows = acrossTable?.sources ?? (swaps ? columns : rows)
    let lineWidth = swaps ? content.height : content.width
    along = alongTable.map { AlongRow(table: $0) }
    alongFirst = swaps == geometry.resizesVerticallyFirst
    let acrossWidth = 3 * (alongFirst ? lineWidth : used.count)
    across = acrossTable.map { AcrossRows(table: $0, width: acrossWidth) }
    reversed = .allocate(capacity: 3 * storedWidth)
    line = .allocate(capacity: 3 * max(lineWidth, 1))
  }

  deinit {
    reversed.deallocate()
    line.deallocate()
  }

  /// Takes stored row `row`, R, G, B. Rows come once each, in order.
  func push(_ samples: UnsafePointer<Sample>, row: Int) {
    let source = orientation.reversesAcrossRows ? storedHeight - 1 - row : row
    guard usedRows.contains(source) else { return }
    let start = (orientation.reversesAlongRow ? reverse(samples) : samples) + 3 * used.lowerBound
    guard let across else { return place(source - usedRows.lowerBound, resampledAlong(start)) }
    if alongFirst {
      across.push(resampledAlong(start), source: source, emit: place)
    } else {
      across.push(start, source: source) { output, row in place(output, resampledAlong(row)) }
    }
  }

  private func resampledAlong(_ row: UnsafePointer<Sample>) -> UnsafePointer<Sample> {
    guard let along else { return row }
    along.resample(row, offset: used.lowerBound, into: line)
    return UnsafePointer(line)
  }

  /// Puts a finished line of the resize where it belongs: a row, or a column of a picture stored on its side.
  private func place(_ index: Int, _ line: UnsafePointer<Sample>) {
    if orientation.swapsAxes { placeColumn(index, line) } else { placeRow(index, line) }
  }

  private func placeRow(_ y: Int, _ row: UnsafePointer<Sample>) {
    let start = pixels + 3 * ((content.y + y) * outputWidth + content.x)
    start.update(from: row, count: 3 * content.width)
  }

  private func placeColumn(_ x: Int, _ column: UnsafePointer<Sample>) {
    var pixel = pixels + 3 * (content.y * outputWidth + content.x + x)
    for y in 0..<content.height {
      pixel[0] = column[3 * y]
      pixel[1] = column[3 * y + 1]
      pixel[2] = column[3 * y + 2]
      pixel += 3 * outputWidth
    }
  }

  private func reverse(_ samples: UnsafePointer<Sample>) -> UnsafePointer<Sample> {
    for x in 0..<storedWidth {
      let from = samples + 3 * (storedWidth - 1 - x)
      reversed[3 * x] = from[0]
      reversed[3 * x + 1] = from[1]
      reversed[3 * x + 2] = from[2]
    }
    return UnsafePointer(reversed)
  }

  /// No table where the size stays: the filter is then the identity, and its pass is left out.
  private static func table(
    from input: Int, to output: Int, outputs: Range<Int>, _ filter: ResamplingFilter
  ) -> ResamplingTable<Sample>? {
    input == output
      ? nil : ResamplingTable(inputSize: input, outputSize: output, outputs: outputs, filter: filter)
  }
}
