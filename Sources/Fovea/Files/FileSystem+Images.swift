#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension FileSystem {
  /// The images below a directory, as paths relative to it, in sorted order.
  ///
  /// An image is a file that ends in .png, .jpg, .jpeg or .jpe, or begins like a PNG or JPEG. Hidden files are
  /// left out, and links to directories are not followed, so that the search ends.
  package static func images(below directory: String) throws(FoveaError) -> [String] {
    var found: [String] = []
    for name in try names(in: directory) {
      let path = join(directory, name)
      if kind(of: path, followingLinks: false) == S_IFDIR {
        found += try images(below: path).map { join(name, $0) }
      } else if kind(of: path, followingLinks: true) == S_IFREG, isImage(path) {
        found.append(name)
      }
    }
    return found
  }

  private static func isImage(_ path: String) -> Bool {
    if ["png", "jpg", "jpeg", "jpe"].contains(pathExtension(path)) { return true }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var start = [UInt8](repeating: 0, count: 8)
    let count = read(descriptor, &start, 8)
    let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    return count == 8 && start == png || count >= 3 && start.starts(with: [0xff, 0xd8, 0xff])
  }
}
