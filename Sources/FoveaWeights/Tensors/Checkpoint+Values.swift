extension Checkpoint {
  /// The values of a tensor as floats, in row-major order, converted from whatever type is stored.
  ///
  /// - Throws: `WeightsError.noTensor` or `unsupportedElementType`.
  /// - Complexity: O(elements), at little over the cost of copying them.
  public func floats(of name: String) throws(WeightsError) -> [Float] {
    guard let entry = self[name] else { throw .noTensor(name) }
    guard entry.elementType.isReadable else {
      throw .unsupportedElementType(tensor: name, type: entry.elementType)
    }
    return withBytes(of: entry) { stored in
      [Float](unsafeUninitializedCapacity: entry.count) { floats, count in
        entry.elementType.convert(stored, to: UnsafeMutableBufferPointer(rebasing: floats[..<entry.count]))
        count = entry.count
      }
    }
  }

  /// Writes the values of a tensor as floats, in row-major order, into `floats`.
  ///
  /// - Precondition: `floats` has exactly as many elements as the tensor.
  /// - Throws: `WeightsError.noTensor` or `unsupportedElementType`.
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
    withBytes(of: entry) { entry.elementType.convert($0, to: floats) }
  }

  /// Calls `body` with the stored bytes of a tensor in row-major order; they may be at any alignment.
  ///
  /// - Throws: `WeightsError.noTensor`, or what `body` throws.
  /// - Complexity: O(1) for a contiguous tensor, else O(elements) for a copy.
  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws(WeightsError) -> Result
  ) throws(WeightsError) -> Result {
    guard let entry = self[name] else { throw .noTensor(name) }
    return try withBytes(of: entry, body)
  }

  /// The floating-point tensors that hold a NaN or an infinity, in order, with how many.
  ///
  /// - Complexity: O(bytes of floating-point tensors); memory is that of the largest tensor at most.
  public func nonFiniteTensors() -> [(name: String, count: Int)] {
    entries.compactMap { entry in
      guard entry.elementType.isFloatingPoint, entry.elementType.isReadable else { return nil }
      let count = withBytes(of: entry) { entry.elementType.nonFiniteCount(in: $0) }
      release(entry)
      return count > 0 ? (entry.name, count) : nil
    }
  }

  /// Lets the system take back the memory that reading `entry` has brought in; it can be read again.
  ///
  /// A conversion calls this after each tensor, so that a file of any size passes through little memory.
  public func release(_ entry: TensorEntry) {
    guard entry.strides == nil, let size = entry.elementType.byteCount(of: entry.count) else { return }
    bytes.forget(entry.start..<entry.start + size)
  }

  func withBytes<Result, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withBytes { (file) throws(Failure) in
      if let strides = entry.strides {
        let gathered = entry.gather(strides: strides, from: file)
        defer { gathered.deallocate() }
        return try body(UnsafeRawBufferPointer(gathered))
      }
      let size = entry.elementType.byteCount(of: entry.count) ?? 0
      return try body(UnsafeRawBufferPointer(rebasing: file[entry.start..<entry.start + size]))
    }
  }
}

extension TensorEntry {
  /// A contiguous copy of a strided view, row-major, that the caller frees.
  ///
  /// The view was checked against its storage when the file was opened.
  fileprivate func gather(
    strides: [Int], from file: UnsafeRawBufferPointer
  ) -> UnsafeMutableRawBufferPointer {
    let size = elementType.bitWidth / 8
    let result = UnsafeMutableRawBufferPointer.allocate(byteCount: count * size, alignment: 64)
    guard let target = result.baseAddress, let origin = file.baseAddress, count > 0 else { return result }
    var index = [Int](repeating: 0, count: shape.count)
    var offset = start
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
