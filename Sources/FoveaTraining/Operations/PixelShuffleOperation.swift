import FoveaGraph

/// Channels as pixels; backward makes the gradients of r² pixels those of their channels again.
final class PixelShuffleOperation: DifferentiableOperation {
  private let factor: Int
  private let source: Source
  private let output: Output
  private let bands: Bands

  init(_ shuffle: PixelShuffle, _ sources: [Source], _ output: Output) {
    factor = shuffle.factor
    source = sources[0]
    self.output = output
    bands = Bands(images: source.shape.batch, height: source.shape.height)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [false]) }
  /// A row of pixels on either side.
  var scratchBytes: Int {
    source.shape.width * source.shape.channels * source.elementSize * 2 + 128
  }

  func forward(_ pass: Pass) {
    forEachRow(pass) { row, pixels, places in
      source.write(pixels, to: row, stride: source.shape.channels, pass)
      forEachRun(pixels, places) { place, first, _ in
        for x in 0..<pixels.count {
          spread(row, x, place, to: output.map.pixel(first + x * factor))
        }
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let target = source.gradient else { return }
    forEachRow(pass) { row, pixels, places in
      forEachRun(pixels, places) { place, first, line in
        if place % factor == 0 {
          gradients.write(
            first..<first + pixels.count * factor, to: line, stride: output.map.shape.channels, pass)
        }
        let size = source.elementSize
        let start = line + place % factor * output.map.shape.channels * size
        for x in 0..<pixels.count {
          collect(start + x * factor * output.map.shape.channels * size, into: row, x, place)
        }
      }
      target.store(row, pixels, pass)
    }
  }

  /// Calls `body` for every row of the source, with memory for it and for a row of the output.
  private func forEachRow(
    _ pass: Pass,
    _ body: (_ row: UnsafeMutableRawPointer, _ pixels: Range<Int>, _ line: UnsafeMutableRawPointer) -> Void
  ) {
    let shape = source.shape
    let rowBytes = shape.width * shape.channels * pass.elementSize
    pass.workers.run(groups: bands.groups) { group, scratch in
      var scratch = scratch
      let (row, line) = (scratch.take(rowBytes), scratch.take(rowBytes))
      for item in bands.items(of: group) {
        for y in bands.share(of: item, shape.height) {
          let first = (bands.image(of: item) * shape.height + y) * shape.width
          body(row, first..<first + shape.width, line)
        }
      }
    }
  }

  /// Calls `body` for every place under the pixels of a row: the place, the first output pixel there, and the
  /// memory.
  private func forEachRun(
    _ pixels: Range<Int>, _ line: UnsafeMutableRawPointer,
    _ body: (_ place: Int, _ first: Int, _ line: UnsafeMutableRawPointer) -> Void
  ) {
    let width = source.shape.width
    for place in 0..<factor * factor {
      let outputRow = pixels.lowerBound / width * factor + place / factor
      body(place, outputRow * width * factor + place % factor, line)
    }
  }

  /// Channels c·r² + place of a pixel of a row, to the output's pixel.
  private func spread(
    _ row: UnsafeMutableRawPointer, _ x: Int, _ place: Int, to target: UnsafeMutableRawPointer
  ) {
    let start = x * source.shape.channels + place
    if source.elementSize == 4 {
      copy(Float.self, row, start, factor * factor, target, 0, 1)
    } else {
      copy(UInt16.self, row, start, factor * factor, target, 0, 1)
    }
  }

  /// The output's pixel to channels c·r² + place of a pixel of a row.
  private func collect(
    _ pixel: UnsafeMutableRawPointer, into row: UnsafeMutableRawPointer, _ x: Int, _ place: Int
  ) {
    let start = x * source.shape.channels + place
    if source.elementSize == 4 {
      copy(Float.self, pixel, 0, 1, row, start, factor * factor)
    } else {
      copy(UInt16.self, pixel, 0, 1, row, start, factor * factor)
    }
  }

  /// The output's channels, from and to elements so far apart.
  private func copy<Element: BitwiseCopyable>(
    _ type: Element.Type, _ from: UnsafeMutableRawPointer, _ first: Int, _ step: Int,
    _ to: UnsafeMutableRawPointer, _ target: Int, _ targetStep: Int
  ) {
    let (from, to) = (from.assumingMemoryBound(to: type) + first, to.assumingMemoryBound(to: type) + target)
    for channel in 0..<output.map.shape.channels { to[channel * targetStep] = from[channel * step] }
  }
}

extension PixelShuffle: TrainableOperation {
  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    PixelShuffleOperation(self, site.sources, site.output)
  }
}
