#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where an output goes once the links on its way are followed.
package enum OutputPlace {
  /// The path with every link in it replaced by what it leads to, as far as there is something.
  ///
  /// A link in a folder that is sticky and writable for all, as /tmp is, counts only where it belongs to this user
  /// or to the folder's owner: the kernel's own rule for the last part of a path (fs.protected_symlinks), kept here
  /// for all parts, since what is resolved here the kernel no longer sees. Throws `EncodingError.cannotCreate`.
  package static func resolved(_ path: String) throws(EncodingError) -> String {
    var rest = parts(of: path).reversed() as [String]
    var place = path.utf8.first == slash ? "/" : ""
    var links = 0
    while let part = rest.popLast() {
      let next = place.isEmpty || place == "/" ? place + part : "\(place)/\(part)"
      guard let link = status(next), link.st_mode & S_IFMT == S_IFLNK else {
        place = next
        continue
      }
      links += 1
      guard links <= 40 else { throw .cannotCreate(reason: String(cString: strerror(ELOOP))) }
      guard let folder = status(place.isEmpty ? "." : place), mayFollow(link, in: folder) else {
        throw .cannotCreate(reason: "\(next) is another user's link in a folder where all may write")
      }
      let target = try target(of: next)
      if target.utf8.first == slash { place = "/" }
      rest += parts(of: target).reversed()
    }
    return place.isEmpty ? "." : place
  }

  private static let slash = UInt8(ascii: "/")

  private static func parts(of path: String) -> [String] {
    path.utf8.split(separator: slash).map { String(Substring($0)) }.filter { $0 != "." }
  }

  private static func mayFollow(_ link: stat, in folder: stat) -> Bool {
    let isShared = folder.st_mode & S_ISVTX != 0 && folder.st_mode & S_IWOTH != 0
    return !isShared || link.st_uid == geteuid() || link.st_uid == folder.st_uid
  }

  /// What stands at a path itself, no link followed.
  private static func status(_ path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
  }

  private static func target(of link: String) throws(EncodingError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(link, &buffer, Int(PATH_MAX))
    guard count >= 0 else { throw .cannotCreate(reason: String(cString: strerror(errno))) }
    let bytes = buffer.prefix(count).map { UInt8(bitPattern: $0) }
    guard let target = String(validating: bytes, as: UTF8.self) else {
      throw .cannotCreate(reason: "\(link) leads to a name that is not UTF-8")
    }
    return target
  }
}
