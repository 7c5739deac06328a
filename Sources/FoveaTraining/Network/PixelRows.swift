import CFoveaKernels
import FoveaGraph

/// Pixels one after another in memory.
struct PixelRun {
  var pointer: UnsafeRawPointer
  /// Elements from a pixel to the next.
  var stride: Int
}

/// Pixels of a map as an operation wants them, which may have to be computed from what is stored.
protocol PixelRows {
  var shape: Shape { get }
  var elementSize: Int { get }
  /// Where they lie from a pixel on, or nil where they are computed.
  func inPlace(_ pixel: Int) -> PixelRun?
  /// Computes (or copies) pixels.
  func write(
    _ pixels: Range<Int>, to output: UnsafeMutableRawPointer, stride: Int, _ pass: Pass)
}

extension PixelRows {
  /// Pixels in place, or computed into scratch of `pixels.count · channels` elements.
  func rows(_ pixels: Range<Int>, scratch: UnsafeMutableRawPointer, _ pass: Pass) -> PixelRun {
    if let run = inPlace(pixels.lowerBound) { return run }
    write(pixels, to: scratch, stride: shape.channels, pass)
    return PixelRun(pointer: UnsafeRawPointer(scratch), stride: shape.channels)
  }
}

/// A map that an operation reads, through the tail that was not yet applied to it.
final class Source: PixelRows {
  /// What is stored: as the operation before left it, or whole.
  let map: Map
  /// What reading still has to apply.
  let tail: Tail?
  /// Where the gradient goes; nil where none is needed.
  var gradient: GradientTarget?

  init(_ map: Map, through tail: Tail?) {
    self.map = map
    self.tail = tail
  }

  var shape: Shape { map.shape }
  var elementSize: Int { map.elementSize }

  func inPlace(_ pixel: Int) -> PixelRun? {
    tail == nil ? PixelRun(pointer: map.pixel(pixel), stride: map.pixelStride) : nil
  }

  func write(
    _ pixels: Range<Int>, to output: UnsafeMutableRawPointer, stride: Int, _ pass: Pass
  ) {
    Tail.apply(tail, map, pixels, to: output, stride: stride, pass)
  }

  /// The pixels plus those of another map, which may be the output.
  func add(
    _ pixels: Range<Int>, to other: PixelRun?, into output: UnsafeMutableRawPointer, stride: Int, _ pass: Pass
  ) {
    Tail.apply(tail, map, pixels, plus: other, to: output, stride: stride, pass)
  }
}

/// Where an operation writes the gradient of a source.
struct GradientTarget {
  let map: Map
  /// What other readers have sent already, which is added; may be the map itself.
  let collected: Map?

  /// What to add at a pixel.
  func residual(_ pixel: Int) -> UnsafeRawPointer? { collected.map { UnsafeRawPointer($0.pixel(pixel)) } }
  var residualStride: Int { collected?.pixelStride ?? 0 }
}
