// Where a tensor's elements are in the file, checked.
extension TensorEntry {
  /// Places a tensor of a pickle in `storage`, the bytes of the file that hold its storage.
  ///
  /// - Throws: `WeightsError.doesNotFitStorage` or `expandsStorage`.
  init(
    name: String, tensor: PickleTensor, of storage: PickleStorage, in range: Range<Int>
  ) throws(WeightsError) {
    let misfit = WeightsError.doesNotFitStorage(tensor: name)
    guard storage.count >= 0, storage.elementType.byteCount(of: storage.count) == range.count,
      tensor.shape.count == tensor.strides.count, tensor.elementType.bitWidth % 8 == 0,
      (tensor.shape + tensor.strides).allSatisfy({ $0 >= 0 }), tensor.offset >= 0
    else { throw misfit }
    let size = tensor.elementType.bitWidth / 8
    let capacity = range.count / size
    guard let count = elementCount(of: tensor.shape), tensor.offset <= capacity else { throw misfit }
    if count > 0 {
      guard let last = Self.lastElement(of: tensor), last < capacity else { throw misfit }
      guard count <= capacity else { throw .expandsStorage(tensor: name) }
    }
    self.init(
      name: name, elementType: tensor.elementType, shape: tensor.shape,
      start: range.lowerBound + tensor.offset * size,
      strides: count == 0 || Self.isContiguous(tensor) ? nil : tensor.strides)
  }

  /// The position of the element farthest into the storage, or `nil` where it leaves `Int`.
  private static func lastElement(of tensor: PickleTensor) -> Int? {
    var last = tensor.offset
    for (extent, stride) in zip(tensor.shape, tensor.strides) {
      let (distance, tooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow) = last.addingReportingOverflow(distance)
      if tooFar || overflow { return nil }
      last = sum
    }
    return last
  }

  private static func isContiguous(_ tensor: PickleTensor) -> Bool {
    var expected = 1
    for (extent, stride) in zip(tensor.shape, tensor.strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }
}
