extension Checkpoint {
  /// The values of a tensor as floats, in row-major order, converted from whatever type is stored.
  ///
  /// - Throws: `WeightsError.noTensor`, `unsupportedElementType`, `readFailed` or `changed`.
  /// - Complexity: O(elements), at little over the cost of copying them.
  public func floats(of name: String) throws(WeightsError) -> [Float] {
    guard let entry = self[name] else { throw .noTensor(name) }
    guard entry.elementType.isReadable else {
      throw .unsupportedElementType(tensor: name, type: entry.elementType)
    }
    var failure: WeightsError?
    let values = [Float](unsafeUninitializedCapacity: entry.count) { floats, count in
      do throws(WeightsError) {
        try read(entry, into: UnsafeMutableBufferPointer(rebasing: floats[..<entry.count]))
        count = entry.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  /// Writes the values of a tensor as floats, in row-major order, into `floats`.
  ///
  /// - Precondition: `floats` has exactly as many elements as the tensor.
  /// - Throws: `WeightsError.noTensor`, `unsupportedElementType`, `readFailed` or `changed`.
  /// - Complexity: O(elements); nothing is allocated for a contiguous tensor.
  public func read(
    _ name: String, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(WeightsError) {
    guard let entry = self[name] else { throw .noTensor(name) }
    guard entry.elementType.isReadable else {
      throw .unsupportedElementType(tensor: name, type: entry.elementType)
    }
    precondition(
      floats.count == entry.count,
      "reading \(name): expected room for \(entry.count) floats, got \(floats.count)")
    try read(entry, into: floats)
  }

  private func read(
    _ entry: TensorEntry, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(WeightsError) {
    let size = entry.elementType.bitWidth / 8
    guard entry.strides == nil, let target = floats.baseAddress else {
      return try withBytes(of: entry) { entry.elementType.convert($0, to: floats) }
    }
    guard entry.elementType != .f32 else {
      return try bytes.read(entry.range, into: UnsafeMutableRawPointer(target))
    }
    try bytes.forEachPiece(of: entry.range) { offset, piece in
      let part = UnsafeMutableBufferPointer(start: target + offset / size, count: piece.count / size)
      entry.elementType.convert(piece, to: part)
    }
  }

  /// Calls `body` with the stored bytes of a tensor in row-major order; they may be at any alignment.
  ///
  /// - Throws: `WeightsError.noTensor`, `readFailed` or `changed`, or what `body` throws.
  /// - Complexity: O(1) for a contiguous tensor in memory, else O(elements) for a copy.
  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws(WeightsError) -> Result
  ) throws(WeightsError) -> Result {
    guard let entry = self[name] else { throw .noTensor(name) }
    return try withBytes(of: entry, body)
  }

  /// The floating-point tensors that hold a NaN or an infinity, in order, with how many.
  ///
  /// - Throws: `WeightsError.readFailed` or `changed`.
  /// - Complexity: O(bytes of floating-point tensors); memory is that of the largest tensor at most.
  public func nonFiniteTensors() throws(WeightsError) -> [(name: String, count: Int)] {
    var found: [(name: String, count: Int)] = []
    for entry in entries where entry.elementType.isFloatingPoint && entry.elementType.isReadable {
      let count = try withBytes(of: entry) { entry.elementType.nonFiniteCount(in: $0) }
      if count > 0 { found.append((entry.name, count)) }
    }
    return found
  }

  func withBytes<Result>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(WeightsError) -> Result
  ) throws(WeightsError) -> Result {
    try bytes.withBytes(entry.range) { (stored) throws(WeightsError) in
      guard let strides = entry.strides else { return try body(stored) }
      let gathered = entry.gather(strides: strides, from: stored)
      defer { gathered.deallocate() }
      return try body(UnsafeRawBufferPointer(gathered))
    }
  }
}

extension TensorEntry {
  /// The bytes of the file from the first element to behind the last.
  ///
  /// A view was checked against its storage when the file was opened.
  fileprivate var range: Range<Int> {
    guard let strides else { return start..<start + (elementType.byteCount(of: count) ?? 0) }
    let last = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    return start..<start + (last + 1) * (elementType.bitWidth / 8)
  }

  /// A contiguous copy of a strided view, row-major, that the caller frees; `stored` are the bytes of its `range`.
  fileprivate func gather(
    strides: [Int], from stored: UnsafeRawBufferPointer
  ) -> UnsafeMutableRawBufferPointer {
    let size = elementType.bitWidth / 8
    let result = UnsafeMutableRawBufferPointer.allocate(byteCount: count * size, alignment: 64)
    guard let target = result.baseAddress, let origin = stored.baseAddress, count > 0 else { return result }
    var index = [Int](repeating: 0, count: shape.count)
    var offset = 0
    for element in 0..<count {
      (target + element * size).copyMemory(from: origin + offset, byteCount: size)
      for axis in shape.indices.reversed() {
        index[axis] += 1
        offset += strides[axis] * size
        if index[axis] < shape[axis] { break }
        offset -= strides[axis] * size * shape[axis]
        index[axis] = 0
      }
    }
    return result
  }
}
