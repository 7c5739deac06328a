#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder that appears whole or not at all: it is filled beside its place and then takes it.
///
/// Without `commit` nothing is left. A folder that was there is exchanged for it in one step, where all that it
/// holds are files of a model folder.
final class FolderStaging {
  /// Where files are written before `commit`.
  let path: String
  private let target: String

  /// Makes the folder to fill. Throws with status `cannotCreate`, for a folder that holds something else too.
  init(_ folder: String) throws(FoveaError) {
    var name = folder
    while name.count > 1, name.hasSuffix("/") { name.removeLast() }
    let parent = FileSystem.folder(of: name)
    try FileSystem.makeDirectory(parent)
    guard !FileSystem.exists(name) || FileSystem.isDirectory(name) else {
      throw FoveaError(
        path: name, reason: "is there and is no folder", hint: "choose another place with -o",
        status: .cannotCreate)
    }
    target = FileSystem.canonical(name)
    try Self.check(target)
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    path = FileSystem.join(FileSystem.folder(of: target), ".fovea-\(number).tmp")
    try FileSystem.makeDirectory(path)
  }

  deinit { Self.remove(path) }

  /// Puts the folder in its place; what was there is gone. Throws with status `inputOutput`, or `cannotCreate` as
  /// at the start.
  func commit() throws(FoveaError) {
    try Self.check(target)
    if rename(path, target) == 0 { return }
    guard Self.exchange(path, target) else {
      throw FoveaError(
        path: target, reason: "cannot be replaced: \(FileSystem.reason(errno))",
        hint: "choose another place with -o", status: .inputOutput)
    }
  }

  /// Throws for a folder that holds something else than a model.
  private static func check(_ folder: String) throws(FoveaError) {
    let there = FileSystem.exists(folder) ? try FileSystem.contents(of: folder) : []
    guard let stranger = there.first(where: { !ModelFolder.files.contains($0) }) else { return }
    throw FoveaError(
      path: folder, reason: "holds \(stranger), which is no file of a model folder and would be lost",
      hint: "choose another place with -o", status: .cannotCreate)
  }

  /// Swaps two names in one step.
  private static func exchange(_ one: String, _ other: String) -> Bool {
    #if os(Linux)
      // Swift's module of the C library leaves renameat2 out.
      typealias Rename =
        @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
      guard let symbol = dlsym(nil, "renameat2") else { return false }
      let exchanging: UInt32 = 2
      return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, one, AT_FDCWD, other, exchanging) == 0
    #else
      return renamex_np(one, other, UInt32(RENAME_SWAP)) == 0
    #endif
  }

  /// Removes a folder of files, if it is there.
  private static func remove(_ folder: String) {
    for name in (try? FileSystem.contents(of: folder)) ?? [] { unlink(FileSystem.join(folder, name)) }
    rmdir(folder)
  }
}
