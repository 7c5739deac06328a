import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

// What stays where a process is killed, or the power fails.
extension Temporary {
  /// True for names of temporaries, of whatever process.
  package static func isLeftover(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.hasSuffix(suffix)
  }

  /// The folders that were looked through.
  private static let swept = Mutex<Set<[UInt8]>>([])

  /// Removes this user's temporaries in a folder that no living process holds; O(its names) the first time, then
  /// nothing.
  package static func sweep(_ folder: String) {
    guard swept.withLock({ $0.insert(Array(folder.utf8)).inserted }), let stream = opendir(folder) else {
      return
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard let name = String(validating: bytes, as: UTF8.self), isLeftover(name) else { continue }
      removeIfAbandoned(folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)", name)
    }
  }

  /// Seconds after which what cannot be locked is taken for left.
  private static let age = 3600

  private static func removeIfAbandoned(_ path: String, _ name: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_uid == geteuid() else { return }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFDIR else { return }
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    // a name without a process is of a version that took no locks
    let hasProcess = name.dropFirst(prefix.count).dropLast(suffix.count).contains("-")
    if hasProcess, descriptor >= 0 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return remove(path) }
      if errno == EWOULDBLOCK { return }
    }
    if time(nil) - modified(status) > age { remove(path) }
  }

  private static func modified(_ status: stat) -> time_t {
    #if canImport(Darwin)
      status.st_mtimespec.tv_sec
    #else
      status.st_mtim.tv_sec
    #endif
  }
}
