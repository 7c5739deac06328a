import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file or folder beside the place that it is to take: ".fovea-PROCESS-NUMBER.tmp".
///
/// It is locked (flock) while it lives, so that what a killed process left can be told from what another one is
/// writing. It is removed unless it was settled, and those of all threads before a signal ends the process, see
/// `removeAll`. Not to be shared between tasks.
package final class Temporary {
  /// Where it is, in the target's folder.
  package let path: String
  /// Held for the lock alone: what a file is written through may be closed before.
  private let lock: Int32
  private var isSettled = false

  /// What is to be made.
  package enum Kind {
    /// A file that is written through the descriptor, with the mode that the umask leaves of this one.
    case file(mode: mode_t)
    case folder
  }

  /// Makes one, and first removes what was left in its folder, once a process.
  ///
  /// The descriptor is the caller's to close: a file's to write to, a folder's to read. Throws
  /// `EncodingError.cannotCreate`.
  package static func make(
    _ kind: Kind, beside target: String
  ) throws(EncodingError) -> (temporary: Temporary, descriptor: Int32) {
    let folder = folder(of: target)
    sweep(folder.isEmpty ? "." : folder)
    for _ in 0..<100 {
      let number = String(UInt64.random(in: .min ... .max), radix: 36)
      let path = "\(folder)\(prefix)\(getpid())-\(number)\(suffix)"
      let descriptor = underWay.withLock { paths in
        let descriptor = create(kind, path)
        if descriptor >= 0 { paths.insert(path) }
        return descriptor
      }
      guard descriptor >= 0 else {
        if errno == EEXIST { continue }
        throw .cannotCreate(reason: String(cString: strerror(errno)))
      }
      let temporary = Temporary(path, lock: duplicate(descriptor))
      if temporary.isThere(descriptor) { return (temporary, descriptor) }
      close(descriptor)
    }
    throw .cannotCreate(reason: String(cString: strerror(EEXIST)))
  }

  /// Takes care of a folder that this process is filling in its own place: until it is settled it goes, with what is
  /// in it, as a folder beside its place does.
  package static func adopt(folder path: String) -> Temporary {
    underWay.withLock { _ = $0.insert(path) }
    return Temporary(path, lock: -1)
  }

  private init(_ path: String, lock: Int32) {
    self.path = path
    self.lock = lock
    // a file system without locks does without: then age tells
    flock(lock, LOCK_EX)
  }

  deinit {
    if !isSettled {
      Self.underWay.withLock { paths in
        Self.remove(path)
        paths.remove(path)
      }
    }
    close(lock)
  }

  /// Takes its place by `rename`, which tells whether it could; false, and then nothing has changed.
  package func settle(_ rename: () -> Bool) -> Bool {
    isSettled = Self.underWay.withLock { paths in
      guard rename() else { return false }
      paths.remove(path)
      return true
    }
    return isSettled
  }

  /// False where another process swept it away between its making and its lock.
  private func isThere(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }

  private static func create(_ kind: Kind, _ path: String) -> Int32 {
    switch kind {
    case .file(let mode): return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    case .folder:
      guard mkdir(path, 0o777) == 0 else { return -1 }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if descriptor < 0 { rmdir(path) }
      return descriptor
    }
  }

  private static func duplicate(_ descriptor: Int32) -> Int32 {
    fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
  }

  /// The part of a path up to and with its last slash; empty for a bare name.
  static func folder(of path: String) -> String {
    let bytes = path.utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(Substring(bytes[...slash]))
  }

  /// Those that are neither settled nor removed.
  private static let underWay = Mutex<Set<String>>([])

  /// Removes all that are under way, and ends the process: no file is made or takes its place meanwhile.
  package static func removeAll(then end: () -> Never) -> Never {
    underWay.withLock { paths in
      paths.forEach(remove)
      end()
    }
  }

  /// Removes a file, or a folder of files, if it is there.
  package static func remove(_ path: String) {
    guard unlink(path) != 0, let stream = opendir(path) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      unlinkat(dirfd(stream), name.map { CChar(bitPattern: $0) } + [0], 0)
    }
    closedir(stream)
    rmdir(path)
  }

  static let prefix = ".fovea-"
  static let suffix = ".tmp"
}
