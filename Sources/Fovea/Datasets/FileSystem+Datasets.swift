#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension FileSystem {
  /// True for names that end as those of PNG and JPEG files do.
  static func hasImageEnding(_ path: String) -> Bool {
    ["png", "jpg", "jpeg", "jpe"].contains(pathExtension(path))
  }

  /// True where a path is a file, or a link to one.
  static func isFile(_ path: String) -> Bool { kind(of: path, followingLinks: true) == S_IFREG }

  /// True where a folder, or one below it, holds a file that ends as an image's does.
  static func holdsImages(below folder: String) -> Bool {
    let paths = ((try? names(in: folder)) ?? []).map { join(folder, $0) }
    return paths.contains { hasImageEnding($0) && isFile($0) }
      || paths.contains { kind(of: $0, followingLinks: false) == S_IFDIR && holdsImages(below: $0) }
  }
}
