extension Checkpoint {
  /// Opens a weight file; its first bytes decide the format, never its name.
  ///
  /// A PyTorch file's pickle is read by instructions that can only build tensors and plain containers: nothing
  /// in it is run. Of several state dicts `state_dict` or `model` is taken, or with `averaged` the moving
  /// average of the weights; a prefix `module.` that all names share is dropped. `notes` says what was done.
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
    let actual = if let format { format } else { try bytes.withPrefix(ForeignFile.prefix, Format.init(of:)) }
    switch actual {
    case .safetensors:
      if averaged { throw .noAveragedWeights }
      return try safetensors(bytes, limits: limits).withoutWrapper()
    case .torchArchive: return try torchArchive(bytes, averaged: averaged, limits: limits).withoutWrapper()
    case .torchPickle: return try torchPickle(bytes, averaged: averaged, limits: limits).withoutWrapper()
    }
  }

  /// The same tensors without the prefix that training on several devices puts before every name.
  private func withoutWrapper() throws(WeightsError) -> Checkpoint {
    let prefix = "module."
    guard !entries.isEmpty, entries.allSatisfy({ $0.name.hasPrefix(prefix) }) else { return self }
    return try Checkpoint(
      format: format, bytes: bytes,
      entries: entries.map { $0.renamed(String($0.name.dropFirst(prefix.count))) },
      metadata: metadata, notes: notes + ["dropped the prefix \(prefix) of every name"])
  }
}

extension Checkpoint.Format {
  fileprivate init(of file: UnsafeRawBufferPointer) {
    self = ForeignFile.isSafetensors(file) ? .safetensors : .torchPickle
    if ForeignFile.isZip(file) { self = .torchArchive }
  }
}
