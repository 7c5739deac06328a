/// Recognises, by its first bytes and never by its name, what a file is.
enum ForeignFile {
  /// Bytes that suffice to tell all kinds apart.
  static let prefix = 512

  /// What a file is that cannot be of `format`, or `nil` when it may be.
  static func recognised(
    _ bytes: WeightBytes, expecting format: Checkpoint.Format?
  ) throws(WeightsError) -> WeightsError.ForeignFormat? {
    try bytes.withPrefix(prefix) { file in
      if let foreign = known(file) { return foreign }
      return switch format {
      case .safetensors where isZip(file): .zip
      case .safetensors where isPickle(file): .pickle
      case .torchArchive where isSafetensors(file), .torchPickle where isSafetensors(file): .safetensors
      default: nil
      }
    }
  }

  /// Whether the file begins like a zip archive.
  static func isZip(_ file: UnsafeRawBufferPointer) -> Bool {
    file.starts(with: [0x50, 0x4B])
  }

  /// Whether a length that some header may have, or an opening brace, stands where a header has it.
  ///
  /// A header of 2⁴⁰ bytes is beyond every limit, and no text has three zeros there.
  static func isSafetensors(_ file: UnsafeRawBufferPointer) -> Bool {
    guard file.count >= 8 else { return false }
    if file.count > 8 && file[8] == UInt8(ascii: "{") { return true }
    return file[5..<8].allSatisfy { $0 == 0 } && !isPickle(file)
  }

  /// Whether the file begins with a pickle's protocol, which without a brace behind it is no length.
  private static func isPickle(_ file: UnsafeRawBufferPointer) -> Bool {
    file.count >= 2 && file[0] == 0x80 && (2...5).contains(file[1])
      && !(file.count > 8 && file[8] == UInt8(ascii: "{"))
  }

  private static func known(_ file: UnsafeRawBufferPointer) -> WeightsError.ForeignFormat? {
    if file.starts(with: "version https://git-lfs".utf8) { return .gitLFSPointer }
    if file.starts(with: "GGUF".utf8) { return .gguf }
    if file.starts(with: [0x89, 0x48, 0x44, 0x46]) { return .hdf5 }
    if isHTML(file) { return .html }
    return isTar(file) ? .tar : nil
  }

  private static func isHTML(_ file: UnsafeRawBufferPointer) -> Bool {
    let text = file.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }.prefix(14)
    let lowered = text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    return lowered.starts(with: "<!doctype html".utf8) || lowered.starts(with: "<html".utf8)
  }

  /// A tar member begins with its name and "ustar", or the name of the first member that PyTorch wrote.
  private static func isTar(_ file: UnsafeRawBufferPointer) -> Bool {
    guard file.count >= 512 else { return false }
    return file[257..<262].elementsEqual("ustar".utf8) || file.starts(with: "sys_info\0".utf8)
  }
}
