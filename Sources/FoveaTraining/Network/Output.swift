import CFoveaKernels
import FoveaGraph

/// What an operation writes: its map, as it was before its tail, and later the gradient that comes back.
final class Output {
  /// y, before the tail.
  let map: Map
  let tail: Tail?
  /// z = tail(y), where a reader needs it stored.
  let whole: Map?
  /// The gradient by z, once the readers are known.
  var gradient: Map?

  init(_ map: Map, tail: Tail?, whole: Map?) {
    self.map = map
    self.tail = tail
    self.whole = whole
  }

  /// The gradient by y, computed from that by z.
  var gradientRows: OutputGradient? { gradient.map { OutputGradient(gradient: $0, map: map, tail: tail) } }

  /// Before the first row of a forward pass.
  func begin() { tail?.statistics?.begin() }

  /// Says that rows are written, while they are in cache.
  @inline(__always) func finished(_ pixels: Range<Int>, group: Int, _ pass: Pass) {
    guard let statistics = tail?.statistics, !statistics.isFrozen, pass.isTraining else { return }
    statistics.record(
      PixelRun(pointer: map.pixel(pixels.lowerBound), stride: map.pixelStride), rows: pixels.count,
      group: group, pass)
  }

  /// After the last row: the tail can be read through, and the whole map is made.
  func complete(_ pass: Pass) {
    tail?.statistics?.complete(isTraining: pass.isTraining)
    guard let whole, let tail else { return }
    let blocks = Partition(
      rows: map.shape.rows, bytesPerRow: 2 * map.shape.channels * map.elementSize)
    pass.workers.run(groups: blocks.groups) { group, _ in
      for pixels in blocks.blocks(of: group) {
        Tail.apply(
          tail, map, pixels, to: whole.pixel(pixels.lowerBound), stride: whole.pixelStride, pass)
      }
    }
  }

  /// Sums of the gradient that a batch norm's own gradient needs, before `gradientRows` are read.
  func prepareGradient(_ pass: Pass) {
    guard let statistics = tail?.statistics, let rows = gradientRows else { return }
    if statistics.needsSums {
      statistics.begin()
      let blocks = Partition(
        rows: map.shape.rows, bytesPerRow: 2 * map.shape.channels * map.elementSize)
      pass.workers.run(groups: blocks.groups) { group, _ in
        for pixels in blocks.blocks(of: group) {
          statistics.record(rows.request(pixels), group: group, pass)
        }
      }
    }
    statistics.completeGradient()
  }
}

/// The gradient by an operation's own output y, from the stored one by z = tail(y).
struct OutputGradient: PixelRows {
  let gradient: Map
  let map: Map
  let tail: Tail?

  var shape: Shape { map.shape }
  var elementSize: Int { map.elementSize }

  func inPlace(_ pixel: Int) -> PixelRun? {
    tail == nil ? PixelRun(pointer: gradient.pixel(pixel), stride: gradient.pixelStride) : nil
  }

  func write(
    _ pixels: Range<Int>, to output: UnsafeMutableRawPointer, stride: Int, _ pass: Pass
  ) {
    var request = fovea_activation_gradient_apply()
    request.of = self.request(pixels)
    request.factor = tail?.statistics.map { UnsafePointer($0.factor) }
    if let statistics = tail?.statistics, !statistics.isFrozen {
      request.slope = UnsafePointer(statistics.slope)
      request.offset = UnsafePointer(statistics.offset)
    }
    request.output = output
    request.output_stride = stride
    pass.kernels.pointee.activation_gradient_apply(&request)
  }

  func request(_ pixels: Range<Int>) -> fovea_activation_gradient {
    // without a tail y is not kept, and 0 times what lies there may be no number
    let input = tail == nil ? gradient : map
    return fovea_activation_gradient(
      rows: pixels.count, channels: shape.channels, gradient: gradient.pixel(pixels.lowerBound),
      gradient_stride: gradient.pixelStride, input: input.pixel(pixels.lowerBound),
      input_stride: input.pixelStride, scale: tail?.statistics.map { UnsafePointer($0.scale) },
      shift: tail?.statistics.map { UnsafePointer($0.shift) },
      activation: tail?.activation ?? FOVEA_IDENTITY)
  }
}
