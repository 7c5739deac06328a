import FoveaImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension FileSystem {
  /// The images below a directory, as paths relative to it, in sorted order; all else is counted in `leftOut`.
  ///
  /// An image is a file that ends in .png, .jpg, .jpeg or .jpe, or begins like a PNG or JPEG. Hidden names are
  /// skipped, links to directories are not followed, so that the search ends, and folders within that cannot be
  /// searched are left out. Throws with status `cannotOpen` where the directory itself cannot be.
  package static func images(
    below directory: String, leftOut: inout LeftOut
  ) throws(FoveaError) -> [String] {
    var found: [String] = []
    for name in try names(in: directory, leftOut: &leftOut) {
      let path = join(directory, name)
      switch kind(of: path, followingLinks: false) {
      case S_IFDIR:
        var inner = LeftOut()
        if let images = try? images(below: path, leftOut: &inner) {
          found += images.map { join(name, $0) }
          leftOut.add(inner, below: name)
        } else {
          leftOut.add(.unreadableFolder, name)
        }
      case S_IFREG, S_IFLNK:
        if let reason = reasonToLeaveOut(path) { leftOut.add(reason, name) } else { found.append(name) }
      case nil: leftOut.add(.unreadableFile, name)
      default: leftOut.add(.noPicture, name)
      }
    }
    return found
  }

  /// The images below a directory; what is left out is not told.
  package static func images(below directory: String) throws(FoveaError) -> [String] {
    var leftOut = LeftOut()
    return try images(below: directory, leftOut: &leftOut)
  }

  /// Why a file, or what a link leads to, is no image; nil where it is one.
  private static func reasonToLeaveOut(_ path: String) -> LeftOut.Reason? {
    switch kind(of: path, followingLinks: true) {
    case S_IFREG: break
    case S_IFDIR: return .linkedFolder
    case nil: return [EACCES, EPERM].contains(errno) ? .unreadableFile : .danglingLink
    default: return .noPicture
    }
    if ["png", "jpg", "jpeg", "jpe"].contains(pathExtension(path)) { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return .unreadableFile }
    defer { close(descriptor) }
    var start = [UInt8](repeating: 0, count: ContentGuess.length)
    let count = read(descriptor, &start, start.count)
    guard count >= 0 else { return .unreadableFile }
    return switch ContentGuess(start.prefix(count)) {
    case .readable: nil
    case .otherPicture: .otherFormat
    case .noPicture: .noPicture
    }
  }
}
