import FoveaImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The few questions about files that the library and the command ask.
package enum FileSystem {
  /// True where there is something at a path.
  package static func exists(_ path: String) -> Bool {
    kind(of: path, followingLinks: true) != nil
  }

  /// True where a path is a directory, or a link to one.
  package static func isDirectory(_ path: String) -> Bool {
    kind(of: path, followingLinks: true) == S_IFDIR
  }

  /// True where a path is there and is neither a file nor a directory: a device, a pipe.
  package static func isSpecial(_ path: String) -> Bool {
    guard let kind = kind(of: path, followingLinks: true) else { return false }
    return kind != S_IFREG && kind != S_IFDIR
  }

  /// True where a path is a directory with another one in it, hidden ones left out.
  static func holdsFolders(_ path: String) -> Bool {
    guard let names = try? names(in: path) else { return false }
    return names.contains { isDirectory(join(path, $0)) }
  }

  /// The names in a directory, sorted by their bytes, without those that begin with a dot or are not UTF-8, which
  /// are counted in `leftOut`.
  ///
  /// Throws with status `cannotOpen` and the system's reason.
  package static func names(in directory: String, leftOut: inout LeftOut) throws(FoveaError) -> [String] {
    let contents = try contents(of: directory)
    for name in contents.names where name.utf8.first == UInt8(ascii: ".") { leftOut.add(.hidden, name) }
    for name in contents.strange { leftOut.add(.nameNotUTF8, name) }
    return contents.names.filter { $0.utf8.first != UInt8(ascii: ".") }
  }

  /// The same; what is left out is not told.
  package static func names(in directory: String) throws(FoveaError) -> [String] {
    var leftOut = LeftOut()
    return try names(in: directory, leftOut: &leftOut)
  }

  /// All names in a directory but its own and its parent's, sorted by their bytes: those that are UTF-8, and the
  /// rest with their other bytes as \xE9.
  static func contents(of directory: String) throws(FoveaError) -> (names: [String], strange: [String]) {
    guard !directory.utf8.contains(0), let stream = opendir(directory) else {
      throw unreadable(directory)
    }
    defer { closedir(stream) }
    var found: [[UInt8]] = []
    while let entry = readdir(stream) {
      let name = name(of: entry)
      if name != [0x2e], name != [0x2e, 0x2e] { found.append(name) }
    }
    found.sort { $0.lexicographicallyPrecedes($1) }
    var contents: (names: [String], strange: [String]) = ([], [])
    for bytes in found {
      if let name = String(validating: bytes, as: UTF8.self) {
        contents.names.append(name)
      } else {
        contents.strange.append(Escaped.bytes(bytes))
      }
    }
    return contents
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
  }

  /// S_IFREG, S_IFDIR and so on, or nil where there is nothing.
  static func kind(of path: String, followingLinks: Bool) -> mode_t? {
    // what follows a NUL would be another file's name, or none
    guard !path.utf8.contains(0) else {
      errno = EINVAL
      return nil
    }
    var status = stat()
    let result = followingLinks ? stat(path, &status) : lstat(path, &status)
    return result == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Makes a directory and those above it; one that is there already is left alone.
  ///
  /// Throws with status `cannotCreate` and the system's reason, or for a link that is not to be trusted.
  package static func makeDirectory(_ path: String) throws(FoveaError) {
    guard !path.isEmpty else { return }
    let place = try outputPlace(path)
    guard !isDirectory(place) else { return }
    let parent = folder(of: place)
    if parent != place { try makeDirectory(parent) }
    guard mkdir(place, 0o777) == 0 || errno == EEXIST else {
      throw notCreated(path, "cannot be created: \(reason(errno))")
    }
    guard isDirectory(place) else { throw notCreated(path, "is not a directory") }
  }

  /// Where an output goes once links are followed, as `OutputPlace` has it.
  static func outputPlace(_ path: String) throws(FoveaError) -> String {
    guard !path.utf8.contains(0) else { throw notCreated(path, nul) }
    do {
      return try OutputPlace.resolved(path)
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  private static func notCreated(_ path: String, _ reason: String) -> FoveaError {
    FoveaError(path: path, reason: reason, hint: "choose another place with -o", status: .cannotCreate)
  }

  private static let nul = "a name with a NUL byte is no file's"

  /// Removes the files of a directory that writers left half written when they were killed. For a directory to
  /// which nobody else writes.
  static func removeLeftovers(in directory: String) throws(FoveaError) {
    for name in try contents(of: directory).names where Temporary.isLeftover(name) {
      let path = join(directory, name)
      if kind(of: path, followingLinks: false) == S_IFREG { unlink(path) }
    }
  }

  /// The SHA-256 of a file, as 64 hexadecimal digits, read a block at a time.
  static func digest(of path: String) throws(FoveaError) -> String {
    var digest = SHA256()
    try forEachBlock(of: path) { digest.update($0) }
    return digest.hexadecimal()
  }

  /// Reads a file block by block, from its start to its end, or until `body` throws.
  ///
  /// A pipe that nobody writes to is at its end.
  static func forEachBlock(
    of path: String, _ body: (UnsafeRawBufferPointer) throws(FoveaError) -> Void
  ) throws(FoveaError) {
    let descriptor = path.utf8.contains(0) ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    // only the opening must not wait
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { block.deallocate() }
    while true {
      let count = read(descriptor, block.baseAddress, block.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      guard count > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: block[..<count]))
    }
  }

  private static func unreadable(_ path: String) -> FoveaError {
    FoveaError(
      path: path, reason: path.utf8.contains(0) ? nul : reason(errno),
      hint: "check the path and its permissions", status: .cannotOpen)
  }

  /// The system's words for an error number, which begin in lower case as every reason does.
  package static func reason(_ code: Int32) -> String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
