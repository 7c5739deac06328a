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
    access(path, F_OK) == 0
  }

  /// True where a path is a directory, or a link to one.
  package static func isDirectory(_ path: String) -> Bool {
    kind(of: path, followingLinks: true) == S_IFDIR
  }

  /// True where a path is a directory with another one in it, hidden ones left out.
  static func holdsFolders(_ path: String) -> Bool {
    guard let names = try? names(in: path) else { return false }
    return names.contains { isDirectory(join(path, $0)) }
  }

  /// The names in a directory, sorted by their bytes, without those that begin with a dot.
  ///
  /// Throws with status `cannotOpen` and the system's reason.
  package static func names(in directory: String) throws(FoveaError) -> [String] {
    try contents(of: directory).filter { !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// All names in a directory but its own and its parent's, in no order.
  static func contents(of directory: String) throws(FoveaError) -> [String] {
    guard let stream = opendir(directory) else {
      throw FoveaError(
        path: directory, reason: reason(errno), hint: "check the path and its permissions",
        status: .cannotOpen)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = name(of: entry)
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafePointer(to: &entry.pointee.d_name) { field in
      field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
        String(cString: $0)
      }
    }
  }

  /// S_IFREG, S_IFDIR and so on, or nil where there is nothing.
  static func kind(of path: String, followingLinks: Bool) -> mode_t? {
    var status = stat()
    let result = followingLinks ? stat(path, &status) : lstat(path, &status)
    return result == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Makes a directory and those above it; one that is there already is left alone.
  ///
  /// Throws with status `cannotCreate` and the system's reason.
  package static func makeDirectory(_ path: String) throws(FoveaError) {
    guard !path.isEmpty, !isDirectory(path) else { return }
    let parent = folder(of: path)
    if parent != path { try makeDirectory(parent) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw FoveaError(
        path: path, reason: "cannot be created: \(reason(errno))", hint: "choose another place with -o",
        status: .cannotCreate)
    }
    guard isDirectory(path) else {
      throw FoveaError(
        path: path, reason: "is not a directory", hint: "choose another place with -o", status: .cannotCreate)
    }
  }

  /// Removes the files of a directory that writers left half written when they were killed. For a directory to
  /// which nobody else writes.
  static func removeLeftovers(in directory: String) throws(FoveaError) {
    for name in try contents(of: directory) where AtomicFile.isLeftover(name) {
      let path = join(directory, name)
      if kind(of: path, followingLinks: false) == S_IFREG { unlink(path) }
    }
  }

  /// The whole of a text file.
  ///
  /// Throws with the system's reason, status `cannotOpen`, or `badData` where it is not UTF-8.
  package static func text(of path: String) throws(FoveaError) -> String {
    let bytes = try bytes(of: path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FoveaError(path: path, reason: "is not UTF-8 text", status: .badData)
    }
    return text
  }

  /// The whole of a file, for small ones.
  package static func bytes(of path: String) throws(FoveaError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachBlock(of: path) { bytes += $0 }
    return bytes
  }

  /// The SHA-256 of a file, as 64 hexadecimal digits, read a block at a time.
  static func digest(of path: String) throws(FoveaError) -> String {
    var digest = SHA256()
    try forEachBlock(of: path) { digest.update($0) }
    return digest.hexadecimal()
  }

  /// Reads a file block by block, from its start to its end.
  static func forEachBlock(
    of path: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(FoveaError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { block.deallocate() }
    while true {
      let count = read(descriptor, block.baseAddress, block.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      guard count > 0 else { return }
      body(UnsafeRawBufferPointer(rebasing: block[..<count]))
    }
  }

  private static func unreadable(_ path: String) -> FoveaError {
    FoveaError(
      path: path, reason: reason(errno), hint: "check the path and its permissions", status: .cannotOpen)
  }

  /// The system's words for an error number, which begin in lower case as every reason does.
  package static func reason(_ code: Int32) -> String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
