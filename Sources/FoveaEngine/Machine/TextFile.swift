#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The small files in which Linux tells of itself.
enum TextFile {
  private static let limit = 4 << 20

  /// The lines of a file; none where it cannot be read.
  static func lines(of path: String) -> [Substring] {
    (text(of: path) ?? "").split(separator: "\n")
  }

  /// The one number that a file holds.
  static func integer(_ path: String) -> Int? {
    lines(of: path).first.flatMap { Int($0) }
  }

  private static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < limit {
      let count = read(descriptor, &block, block.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += block.prefix(count)
    }
    return nil
  }
}
