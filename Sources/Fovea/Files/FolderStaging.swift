import FoveaImage

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
/// holds are files of a model folder; its owner and permissions stay.
final class FolderStaging {
  /// Where files are written before `commit`.
  var path: String { temporary.path }
  private let temporary: Temporary
  private let target: String

  /// Makes the folder to fill. Throws with status `cannotCreate`, for a folder that holds something else too.
  init(_ folder: String) throws(FoveaError) {
    let place = try FileSystem.outputPlace(folder)
    try FileSystem.makeDirectory(FileSystem.folder(of: place))
    guard !FileSystem.exists(place) || FileSystem.isDirectory(place) else {
      throw FoveaError(
        path: folder, reason: "is there and is no folder", hint: "choose another place with -o",
        status: .cannotCreate)
    }
    target = place
    Temporary.sweep(target)
    try Self.check(target)
    do throws(EncodingError) {
      let made = try Temporary.make(.folder, beside: target)
      temporary = made.temporary
      close(made.descriptor)
    } catch {
      throw FoveaError(error, path: folder)
    }
  }

  /// Puts the folder in its place; what was there is gone. Throws with status `inputOutput`, or `cannotCreate` as
  /// at the start.
  func commit() throws(FoveaError) {
    try Self.check(target)
    if temporary.settle({ rename(path, target) == 0 }) { return }
    inherit()
    guard Self.exchange(path, target) else {
      throw FoveaError(
        path: target, reason: "cannot be replaced: \(FileSystem.reason(errno))",
        hint: "choose another place with -o", status: .inputOutput)
    }
  }

  /// Gives the folder the owner and the permissions of that which it replaces, as far as this process may.
  private func inherit() {
    var old = stat()
    guard stat(target, &old) == 0 else { return }
    chmod(path, old.st_mode & 0o777)
    guard old.st_uid != geteuid() else { return }
    for name in (try? FileSystem.contents(of: path))?.names ?? [] {
      lchown(FileSystem.join(path, name), old.st_uid, old.st_gid)
    }
    lchown(path, old.st_uid, old.st_gid)
  }

  /// Throws for a folder that holds something else than a model.
  private static func check(_ folder: String) throws(FoveaError) {
    guard FileSystem.exists(folder) else { return }
    let there = try FileSystem.contents(of: folder)
    let strangers = there.names.filter { !ModelFolder.files.contains($0) } + there.strange
    guard let stranger = strangers.first else { return }
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
}
