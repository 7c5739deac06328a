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
/// and an existing file keeps its owner, its group and its permissions as far as this process may give them, but no
/// setuid, setgid or sticky bit. Without `commit` nothing is left. Not to be shared between tasks.
public final class AtomicFile {
  /// Where bytes go before `commit`.
  public let descriptor: Int32
  private let target: String
  /// The file beside the target, or nil when writing goes straight through.
  private let temporary: Temporary?
  private var isOpen = true

  /// Creates the file beside `path`. Throws `EncodingError.cannotCreate` for a folder, a place that cannot be
  /// written to, an existing file that may not be, or a link that is not to be trusted (see `OutputPlace`).
  public init(_ path: String) throws(EncodingError) {
    guard !path.utf8.contains(0) else { throw .cannotCreate(reason: "a name with a NUL byte is no file's") }
    if let stream = Self.stream(path) {
      (target, temporary) = (path, nil)
      descriptor = fcntl(stream, F_DUPFD_CLOEXEC, 0)
      guard descriptor >= 0 else { throw .cannotCreate(reason: systemReason()) }
      return
    }
    target = try OutputPlace.resolved(path)
    var old = stat()
    let isThere = stat(path, &old) == 0
    if isThere, old.st_mode & S_IFMT != S_IFREG {
      temporary = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .cannotCreate(reason: systemReason()) }
      return
    }
    if isThere && access(target, W_OK) != 0 { throw .cannotCreate(reason: systemReason()) }
    // what is to be private is so from the beginning
    (temporary, descriptor) = try Temporary.make(.file(mode: isThere ? 0o600 : 0o666), beside: target)
    if isThere { Self.inherit(old, descriptor) }
  }

  deinit {
    if isOpen { close(descriptor) }
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
    guard succeeds(close(descriptor)), temporary.settle({ succeeds(rename(temporary.path, target)) }) else {
      throw .writeFailed(reason: systemReason())
    }
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

  /// Gives a new file what the old one had. Root leaves a user's file the user's; where the group cannot be kept, it
  /// may do what others may.
  private static func inherit(_ old: stat, _ descriptor: Int32) {
    var new = stat()
    fstat(descriptor, &new)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) {
      if fchown(descriptor, old.st_uid, old.st_gid) != 0 { fchown(descriptor, uid_t.max, old.st_gid) }
      fstat(descriptor, &new)
    }
    let mode = old.st_mode & 0o777
    fchmod(descriptor, new.st_gid == old.st_gid ? mode : mode & ~0o070 | (mode & 0o007) << 3)
  }

  /// The descriptor that a name of the program's own streams stands for, which may be a regular file.
  private static func stream(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      let folder = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
      return folder.flatMap { Int32(path.dropFirst($0.count)) }
    }
  }
}

/// True when a system call that returned `result` succeeded, and no failure was made on purpose.
private func succeeds(_ result: @autoclosure () -> Int32) -> Bool {
  if fovea_fault_strikes(FOVEA_FAULT_WRITE) {
    errno = EIO
    return false
  }
  return result() == 0
}

private func systemReason() -> String { String(cString: strerror(errno)) }

/// Brings the new name to the disk, where the system can; the file itself already is there.
private func synchronizeFolder(of path: String) {
  let folder = Temporary.folder(of: path)
  let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
