#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Paths as text.
extension FileSystem {
  /// Two paths with one slash between.
  package static func join(_ folder: String, _ name: String) -> String {
    if folder.isEmpty { return name }
    return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// The last part: "c.png" of "a/b/c.png", also where a slash follows.
  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Everything before the last part: "a/b" of "a/b/c.png", "." of "c.png", "/" of "/c.png".
  package static func folder(of path: String) -> String {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// The path without the last part's ending: "a/b.c" of "a/b.c.png"; a leading dot begins no ending.
  package static func withoutExtension(_ path: String) -> String {
    let name = name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return path }
    return String(path.dropLast(name[dot...].count))
  }

  /// The last part's ending, in lower case and without its dot: "png" of "a/b.PNG".
  package static func pathExtension(_ path: String) -> String {
    let name = name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// A text as one part of a path: slashes and control characters become underscores, a leading dot as well.
  package static func asName(_ text: String) -> String {
    let name = String(text.map { $0 == "/" || $0.isNewline || $0 == "\0" ? "_" : $0 })
    return name.hasPrefix(".") || name.isEmpty ? "_" + name.dropFirst() : name
  }

  /// The one name of a file, links and dots resolved as far as it exists, for telling files apart.
  package static func canonical(_ path: String) -> String {
    if let resolved = realpath(path, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    let parent = folder(of: path)
    return parent == path || path.isEmpty ? path : join(canonical(parent), name(of: path))
  }
}
