#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder that one training writes to: held until it is let go of, or the process ends in whatever way.
///
/// It is the system's advisory lock of the folder itself, so that nothing lies in it. Where the file system knows no
/// locks (some network ones) nothing is held.
final class FolderLock {
  private let descriptor: Int32

  /// Takes a folder that is there. Throws with status `cannotCreate` where another training holds it.
  init(_ folder: String) throws(FoveaError) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      guard errno == EWOULDBLOCK else { return }
      throw Self.taken(folder)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// What is said to a second training.
  static func taken(_ folder: String) -> FoveaError {
    FoveaError(
      path: folder, reason: "another training writes to it", hint: "choose another folder with -o, or wait",
      status: .cannotCreate)
  }
}
