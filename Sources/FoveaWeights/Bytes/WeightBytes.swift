/// Bytes of a weight file: in a file, a copy in memory, or memory that lives as long as the process.
///
/// A file costs no memory until a range of it is read, and then that of the range. One that is cut, written to or
/// replaced after it was opened is an error (`WeightsError.changed`) when it is next read.
public final class WeightBytes: Sendable {
  /// The number of bytes.
  public let count: Int

  private enum Place { case file(WeightFile), allocation(UnsafeRawPointer?), process(UnsafeRawPointer?) }
  private nonisolated(unsafe) let place: Place

  /// Opens the regular file at `path`.
  ///
  /// - Throws: `WeightsError.cannotOpen`, `notARegularFile`, `readFailed` or `emptyFile`.
  /// - Complexity: O(1); nothing is read.
  public init(file path: String) throws(WeightsError) {
    let file = try WeightFile(path)
    (place, count) = (.file(file), file.count)
  }

  /// Copies `bytes` into memory of its own.
  public init(copying bytes: some Collection<UInt8>) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    copy.copyBytes(from: bytes)
    (place, count) = (.allocation(copy.baseAddress.map { UnsafeRawPointer($0) }), bytes.count)
  }

  /// Borrows memory that is never changed or freed, such as a file embedded in the program.
  ///
  /// - Complexity: O(1); nothing is copied.
  public init(embedded bytes: UnsafeRawBufferPointer) {
    (place, count) = (.process(bytes.baseAddress), bytes.count)
  }

  deinit {
    if case .allocation(let base) = place { base?.deallocate() }
  }

  /// Calls `body` with a range of the bytes, which stay valid until it returns.
  ///
  /// - Precondition: the range lies in 0..<`count`.
  /// - Throws: `WeightsError.readFailed` or `changed`, and what `body` throws.
  /// - Complexity: O(range) for a file, which is copied; else O(1).
  public func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(WeightsError) -> Result
  ) throws(WeightsError) -> Result {
    checkBounds(range)
    switch place {
    case .file(let file):
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 64)
      defer { copy.deallocate() }
      if let target = copy.baseAddress { try file.read(range, into: target) }
      try file.check()
      return try body(UnsafeRawBufferPointer(copy))
    case .allocation(let base), .process(let base):
      defer { withExtendedLifetime(self) {} }
      return try body(UnsafeRawBufferPointer(start: base.map { $0 + range.lowerBound }, count: range.count))
    }
  }

  /// Copies a range of the bytes to `target`; otherwise as `withBytes`.
  func read(_ range: Range<Int>, into target: UnsafeMutableRawPointer) throws(WeightsError) {
    checkBounds(range)
    guard case .file(let file) = place else {
      return try withBytes(range) { source in
        if let start = source.baseAddress { target.copyMemory(from: start, byteCount: source.count) }
      }
    }
    try file.read(range, into: target)
    try file.check()
  }

  /// Calls `body` with pieces of a range in their order: where it begins in the range, and the bytes.
  ///
  /// Of a file they are 64 KiB each at most, which stay in a processor's cache; what was made of them is worth nothing
  /// where this throws.
  func forEachPiece(
    of range: Range<Int>, _ body: (_ offset: Int, _ bytes: UnsafeRawBufferPointer) -> Void
  ) throws(WeightsError) {
    checkBounds(range)
    guard case .file(let file) = place else { return try withBytes(range) { body(0, $0) } }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: min(range.count, 1 << 16), alignment: 64)
    defer { copy.deallocate() }
    guard let target = copy.baseAddress else { return }
    for start in stride(from: range.lowerBound, to: range.upperBound, by: max(1, copy.count)) {
      let piece = start..<min(start + copy.count, range.upperBound)
      try file.read(piece, into: target)
      body(start - range.lowerBound, UnsafeRawBufferPointer(rebasing: copy[..<piece.count]))
    }
    try file.check()
  }

  /// Calls `body` with the first bytes: as many, or all where there are fewer.
  func withPrefix<Result>(
    _ length: Int, _ body: (UnsafeRawBufferPointer) throws(WeightsError) -> Result
  ) throws(WeightsError) -> Result {
    try withBytes(0..<min(length, count), body)
  }

  private func checkBounds(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
  }
}
