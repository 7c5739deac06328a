import FoveaModels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The places where models are found by name.
public enum ModelShelf {
  /// A model that can be had by name.
  public struct Entry: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Its folder, or nil for a model inside the binary.
    public let folder: String?
  }

  /// The folders that are searched, in order: `./models`, those of `$FOVEA_MODELS` (separated by colons), and
  /// `share/fovea/models` of the place where the executable is installed.
  public static var folders: [String] {
    var folders = ["models"]
    if let variable = getenv("FOVEA_MODELS") {
      folders += String(cString: variable).split(separator: ":").map(String.init)
    }
    if let executable = FileSystem.executable {
      let prefix = FileSystem.folder(of: FileSystem.folder(of: executable))
      folders.append(FileSystem.join(prefix, "share/fovea/models"))
    }
    return folders
  }

  /// The models that can be had by name, sorted by name; of equal names the one found first.
  public static func entries() -> [Entry] {
    var entries: [PathKey: Entry] = [:]
    for shelf in folders {
      for name in (try? FileSystem.names(in: shelf)) ?? [] where entries[PathKey(name)] == nil {
        entries[PathKey(name)] = entry(name, on: shelf)
      }
    }
    for name in EmbeddedFiles.folders(under: "models") where entries[PathKey(name)] == nil {
      entries[PathKey(name)] = Entry(name: name, folder: nil)
    }
    return entries.values.sorted { $0.name < $1.name }
  }

  /// A folder of a shelf, if it is a model's.
  private static func entry(_ name: String, on shelf: String) -> Entry? {
    let folder = FileSystem.join(shelf, name)
    return FileSystem.exists(FileSystem.join(folder, "config.json")) ? Entry(name: name, folder: folder) : nil
  }

  /// The model of a name.
  ///
  /// Throws with status `usage` and the nearest name where there is none.
  static func entry(named name: String) throws(FoveaError) -> Entry {
    for shelf in folders where !name.isEmpty && name.utf8.first != UInt8(ascii: ".") {
      if let entry = entry(name, on: shelf) { return entry }
    }
    if EmbeddedFiles.bytes("models/\(name)/config.json") != nil { return Entry(name: name, folder: nil) }
    if (try? Registry.configuration(named: name)) != nil {
      throw FoveaError(
        path: name, reason: "is an architecture, and no weights of it are here",
        hint: "fovea convert CHECKPOINT -o models/\(name) makes a model of it", status: .usage)
    }
    throw FoveaError(
      path: name, reason: "unknown model",
      hint: didYouMean(
        name, among: entries().map(\.name), then: "'fovea models' lists those that are here"),
      status: .usage)
  }
}

extension FileSystem {
  /// The path of the running program, links resolved, where the system tells.
  static var executable: String? {
    #if os(Linux)
      let path = "/proc/self/exe"
    #else
      let path = CommandLine.arguments.first ?? ""
    #endif
    return exists(path) ? canonical(path) : nil
  }
}
