#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Paths as text. They are bytes to the system: what Swift takes for one character (a slash with an accent after it)
// may be two names, and two texts that Swift takes for equal (é and e with an accent) are two files.
extension FileSystem {
  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")

  /// Two paths with one slash between.
  package static func join(_ folder: String, _ name: String) -> String {
    if folder.isEmpty { return name }
    return folder.utf8.last == slash ? folder + name : "\(folder)/\(name)"
  }

  /// The last part: "c.png" of "a/b/c.png", also where a slash follows.
  package static func name(of path: String) -> String {
    let bytes = withoutLastSlashes(path)
    guard !bytes.isEmpty else { return path }
    guard let cut = bytes.lastIndex(of: slash) else { return String(Substring(bytes)) }
    return String(Substring(bytes[bytes.index(after: cut)...]))
  }

  /// Everything before the last part: "a/b" of "a/b/c.png", "." of "c.png", "/" of "/c.png".
  package static func folder(of path: String) -> String {
    let bytes = withoutLastSlashes(path)
    guard !bytes.isEmpty else { return path.isEmpty ? "." : "/" }
    guard let cut = bytes.lastIndex(of: slash) else { return "." }
    let folder = bytes[..<cut]
    return folder.isEmpty ? "/" : String(Substring(folder))
  }

  /// The path without the last part's ending: "a/b.c" of "a/b.c.png"; a leading dot begins no ending.
  package static func withoutExtension(_ path: String) -> String {
    guard let ending = ending(of: path) else { return path }
    return String(Substring(path.utf8.dropLast(ending.utf8.count + 1)))
  }

  /// The last part's ending, in lower case and without its dot: "png" of "a/b.PNG".
  package static func pathExtension(_ path: String) -> String {
    ending(of: path)?.lowercased() ?? ""
  }

  /// A text as one part of a path: slashes and control characters become underscores, a leading dot as well.
  package static func asName(_ text: String) -> String {
    var name = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isPlain = scalar != "/" && scalar.properties.generalCategory != .control
      name.append(isPlain && !(name.isEmpty && scalar == ".") ? scalar : "_")
    }
    return name.isEmpty ? "_" : String(name)
  }

  /// The one name of a file, links and dots resolved as far as it exists, for telling files apart.
  package static func canonical(_ path: String) -> String {
    if !path.utf8.contains(0), let resolved = realpath(path, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    let parent = folder(of: path)
    return parent == path || path.isEmpty ? path : join(canonical(parent), name(of: path))
  }

  private static func withoutLastSlashes(_ path: String) -> Substring.UTF8View {
    var bytes = path[...].utf8
    while bytes.last == slash { bytes.removeLast() }
    return bytes
  }

  private static func ending(of path: String) -> String? {
    let name = name(of: path).utf8
    guard let cut = name.lastIndex(of: dot), cut != name.startIndex else { return nil }
    return String(Substring(name[name.index(after: cut)...]))
  }
}

/// A path by its bytes, for telling files apart in sets and dictionaries.
package struct PathKey: Hashable, Sendable {
  private let bytes: [UInt8]

  /// A path as it is; see `FileSystem.canonical` for what links make of it.
  package init(_ path: String) {
    bytes = Array(path.utf8)
  }
}
