/// Recognises, by its first bytes and never by its name, what a file is.
///
/// Any bytes may be the length that begins a safetensors file: the letters of a zip, the protocol of a pickle.
/// So the file that has a whole header where its length says is safetensors, whatever else its first bytes look
/// like; no archive, pickle or page has an opening brace there behind a length that is short enough.
enum ForeignFile {
  /// Bytes that suffice to tell all kinds apart.
  static let prefix = 512

  /// What a file is that cannot be of `format`, or `nil` when it may be.
  static func recognised(
    _ bytes: WeightBytes, expecting format: Checkpoint.Format?
  ) throws(WeightsError) -> WeightsError.ForeignFormat? {
    let size = bytes.count
    return try bytes.withPrefix(prefix) { file in
      if !hasWholeHeader(file, size), let foreign = known(file) { return foreign }
      return switch format {
      case .safetensors where isZip(file, size): .zip
      case .safetensors where isPickle(file, size): .pickle
      case .torchArchive where isSafetensors(file, size), .torchPickle where isSafetensors(file, size):
        .safetensors
      default: nil
      }
    }
  }

  /// Whether a file of `size` bytes begins like a zip archive.
  static func isZip(_ file: UnsafeRawBufferPointer, _ size: Int) -> Bool {
    file.starts(with: [0x50, 0x4B]) && !isSafetensors(file, size)
  }

  /// Whether a length that some header may have, or an opening brace, stands where a header has it.
  ///
  /// A header of 2⁴⁰ bytes is beyond every limit, and no text has three zeros there.
  static func isSafetensors(_ file: UnsafeRawBufferPointer, _ size: Int) -> Bool {
    guard file.count >= 8 else { return false }
    if hasWholeHeader(file, size) || (file.count > 8 && file[8] == UInt8(ascii: "{")) { return true }
    return file[5..<8].allSatisfy { $0 == 0 } && !file.starts(with: [0x50, 0x4B]) && !beginsPickle(file)
  }

  /// Whether a header's length, within the format's limit and the file of `size` bytes, is followed by an opening
  /// brace.
  private static func hasWholeHeader(_ file: UnsafeRawBufferPointer, _ size: Int) -> Bool {
    guard file.count > 8 else { return false }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(CheckpointLimits.standard.headerBytes), length <= UInt64(size - 8) else {
      return false
    }
    let header = file[8..<min(file.count, 8 + Int(length))]
    return header.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
  }

  /// Whether the file begins with a pickle's protocol, and is no safetensors.
  private static func isPickle(_ file: UnsafeRawBufferPointer, _ size: Int) -> Bool {
    beginsPickle(file) && !isSafetensors(file, size)
  }

  private static func beginsPickle(_ file: UnsafeRawBufferPointer) -> Bool {
    file.count >= 2 && file[0] == 0x80 && (2...5).contains(file[1])
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
