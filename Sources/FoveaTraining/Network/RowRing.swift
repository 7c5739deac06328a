import FoveaGraph

/// Rows of one image that a kernel looks at side by side: in place where they are stored so, else computed once
/// each into a ring of scratch.
struct RowRing {
  private let source: any PixelRows
  private let image: Int
  private let capacity: Int
  /// Pixels of zeros left and right of a row; with any, every row is copied.
  private let margin: Int
  private let memory: UnsafeMutableRawPointer
  private let held: UnsafeMutablePointer<Int>
  private let rowBytes: Int
  private let pass: Pass

  /// Bytes of scratch of a ring.
  static func bytes(_ shape: Shape, capacity: Int, margin: Int = 0, elementSize: Int) -> Int {
    (capacity * (shape.width + 2 * margin) * shape.channels * elementSize).roundedUp
      + (capacity * 8).roundedUp
  }

  init(
    _ source: any PixelRows, image: Int, capacity: Int, margin: Int = 0, _ scratch: inout Scratch,
    _ pass: Pass
  ) {
    self.source = source
    self.image = image
    self.capacity = capacity
    self.margin = margin
    self.pass = pass
    rowBytes = (source.shape.width + 2 * margin) * source.shape.channels * source.elementSize
    memory = scratch.take(capacity * rowBytes)
    held = scratch.take(capacity * 8).bindMemory(to: Int.self, capacity: capacity)
    held.initialize(repeating: -1, count: capacity)
    if margin > 0 { memory.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * rowBytes) }
  }

  /// Elements from a pixel to the next.
  var stride: Int {
    margin > 0 ? source.shape.channels : source.inPlace(0)?.stride ?? source.shape.channels
  }

  /// Pixel 0 of a row (the first zero of its margin, where there is one), or nil outside the image.
  func row(_ y: Int) -> UnsafeRawPointer? {
    let shape = source.shape
    guard y >= 0, y < shape.height else { return nil }
    let first = (image * shape.height + y) * shape.width
    if margin == 0, let run = source.inPlace(first) { return run.pointer }
    let slot = y % capacity
    let start = memory + slot * rowBytes
    if held[slot] != y {
      source.write(
        first..<first + shape.width, to: start + margin * shape.channels * source.elementSize,
        stride: shape.channels, pass)
      held[slot] = y
    }
    return UnsafeRawPointer(start)
  }
}

extension Int {
  fileprivate var roundedUp: Int { (self + 63) & ~63 }
}
