extension Checkpoint {
  /// Opens a weight file; its first bytes decide the format, never its name.
  ///
  /// A PyTorch file's pickle is read by instructions that can only build tensors and plain containers: nothing
  /// in it is run. The state dict is taken wherever it is: `StateDict` has the rule, and `notes` says what was taken
  /// and what was left. With `averaged` it is the moving average of the weights.
  ///
  /// - Parameter format: the only format that is accepted, or `nil` for any.
  /// - Throws: any case of `WeightsError`.
  /// - Complexity: O(header) for safetensors; O(bytes) for an archive, whose checksums are all checked.
  public static func open(
    path: String, as format: Format? = nil, averaged: Bool = false, limits: CheckpointLimits = .standard
  ) throws(WeightsError) -> Checkpoint {
    try open(WeightBytes(file: path), as: format, averaged: averaged, limits: limits)
  }

  /// Opens a weight file whose bytes are given; otherwise as `open(path:as:averaged:limits:)`.
  public static func open(
    _ bytes: WeightBytes, as format: Format? = nil, averaged: Bool = false,
    limits: CheckpointLimits = .standard
  ) throws(WeightsError) -> Checkpoint {
    guard bytes.count > 0 else { throw .emptyFile }
    if let foreign = try ForeignFile.recognised(bytes, expecting: format) { throw .foreign(foreign) }
    let size = bytes.count
    let told = try bytes.withPrefix(ForeignFile.prefix) { Format(of: $0, size) }
    switch format ?? told {
    case .safetensors:
      if averaged { throw .noAveragedWeights }
      return try safetensors(bytes, limits: limits)
    case .torchArchive: return try torchArchive(bytes, averaged: averaged, limits: limits)
    case .torchPickle: return try torchPickle(bytes, averaged: averaged, limits: limits)
    }
  }
}

extension Checkpoint.Format {
  fileprivate init(of file: UnsafeRawBufferPointer, _ size: Int) {
    let isSafetensors = ForeignFile.isSafetensors(file, size)
    self = isSafetensors ? .safetensors : ForeignFile.isZip(file, size) ? .torchArchive : .torchPickle
  }
}
