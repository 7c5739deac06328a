import CFoveaCodecs

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file that appears whole or not at all: it is written beside its place, brought to the disk, then renamed.
/// A device, a pipe or one of the program's own streams is written to directly, a link's target is what is replaced,
/// and an existing file keeps its permissions. Without `commit` nothing is left. Not to be shared between tasks.
public final class AtomicFile {
  /// Where bytes go before `commit`.
  public let descriptor: Int32
  private let target: String
  /// The file beside the target, or nil when writing goes straight through.
  private var temporary: String?
  private var isOpen = true

  /// Creates the file beside `path`. Throws `EncodingError.cannotCreate` for a folder, a place that cannot be
  /// written to, or an existing file that may not be.
  public init(_ path: String) throws(EncodingError) {
    if let kind = fileKind(path), kind != S_IFREG || isStream(path) {
      target = path
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .cannotCreate(reason: systemReason()) }
      return
    }
    target = try linkTarget(of: path)
    if access(target, F_OK) == 0 && access(target, W_OK) != 0 { throw .cannotCreate(reason: systemReason()) }
    (descriptor, temporary) = try createBeside(target)
    var status = stat()
    if stat(target, &status) == 0 { fchmod(descriptor, status.st_mode & 0o7777) }
  }

  deinit {
    if isOpen { close(descriptor) }
    if let temporary { unlink(temporary) }
  }

  /// Appends bytes. Throws `EncodingError.writeFailed`.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(EncodingError) {
    var failure = fovea_codec_error()
    let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    guard fovea_write_all(descriptor, start, bytes.count, &failure) != FOVEA_OK else { return }
    throw EncodingError(failure)
  }

  /// Puts the file in its place. Throws `EncodingError.writeFailed`, and then nothing has changed.
  public func commit() throws(EncodingError) {
    precondition(isOpen, "AtomicFile: commit once")
    guard let temporary else {
      isOpen = false
      guard succeeds(close(descriptor)) else { throw .writeFailed(reason: systemReason()) }
      return
    }
    guard succeeds(fsync(descriptor)) else { throw .writeFailed(reason: systemReason()) }
    isOpen = false
    guard succeeds(close(descriptor)), succeeds(rename(temporary, target)) else {
      throw .writeFailed(reason: systemReason())
    }
    self.temporary = nil
    synchronizeFolder(of: target)
  }

  /// Writes a whole file of `bytes`, or leaves everything as it was. Throws `EncodingError`.
  public static func write(_ bytes: [UInt8], to path: String) throws(EncodingError) {
    let file = try AtomicFile(path)
    try bytes.withUnsafeBufferPointer { buffer throws(EncodingError) in
      try file.write(UnsafeRawBufferPointer(buffer))
    }
    try file.commit()
  }

  /// True for names of the files beside their places, which stay behind where a program is killed.
  package static func isLeftover(_ name: String) -> Bool {
    name.hasPrefix(temporaryPrefix) && name.hasSuffix(temporarySuffix)
  }
}

// The name of a file beside its place, but for the number between.
private let temporaryPrefix = ".fovea-"
private let temporarySuffix = ".tmp"

/// True when a system call that returned `result` succeeded, and no failure was made on purpose.
private func succeeds(_ result: @autoclosure () -> Int32) -> Bool {
  if fovea_fault_strikes(FOVEA_FAULT_WRITE) {
    errno = EIO
    return false
  }
  return result() == 0
}

private func systemReason() -> String { String(cString: strerror(errno)) }

/// What stands at `path`, links followed: S_IFREG, S_IFDIR, S_IFIFO and so on; nil for nothing.
private func fileKind(_ path: String) -> mode_t? {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
}

/// True for the names of the program's own open files, which may be regular ones.
private func isStream(_ path: String) -> Bool {
  path == "/dev/stdout" || path == "/dev/stderr" || path.hasPrefix("/dev/fd/")
}

/// The path that a chain of links ends at, whether or not a file is there; `path` when it is no link.
private func linkTarget(of path: String) throws(EncodingError) -> String {
  var current = path
  for _ in 0..<40 {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(current, &buffer, Int(PATH_MAX))
    guard count >= 0 else { return current }
    let link = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    current = link.hasPrefix("/") ? link : folder(of: current) + link
  }
  throw .cannotCreate(reason: String(cString: strerror(ELOOP)))
}

/// The part of a path up to and with its last slash; empty for a bare name.
private func folder(of path: String) -> String {
  path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
}

/// A new file in the target's folder, with the mode that the umask leaves.
private func createBeside(_ target: String) throws(EncodingError) -> (descriptor: Int32, path: String) {
  for _ in 0..<100 {
    let name = temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 36) + temporarySuffix
    let path = folder(of: target) + name
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor >= 0 { return (descriptor, path) }
    if errno != EEXIST { break }
  }
  throw .cannotCreate(reason: systemReason())
}

/// Brings the new name to the disk, where the system can; the file itself already is there.
private func synchronizeFolder(of path: String) {
  let folder = folder(of: path)
  let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
