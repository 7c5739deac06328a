#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A weight file that is open, and what it was then: a read gives the bytes of that file, or throws.
///
/// It is copied from and never mapped: a page of a mapping whose file was cut ends the process (SIGBUS).
final class WeightFile: Sendable {
  /// What tells that a path still leads to the same bytes.
  private struct Identity: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    init(_ status: stat) {
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      (device, inode) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino))
      (size, seconds, nanoseconds) = (Int(status.st_size), Int(time.tv_sec), Int(time.tv_nsec))
    }
  }

  private let path: String
  private let descriptor: Int32
  private let opened: Identity

  /// The number of bytes when it was opened.
  var count: Int { opened.size }

  /// Opens the regular file at `path`. Nothing is read.
  ///
  /// - Throws: `WeightsError.cannotOpen`, `notARegularFile`, `readFailed` or `emptyFile`.
  init(_ path: String) throws(WeightsError) {
    guard !path.utf8.contains(0) else { throw .cannotOpen(reason: "a name with a NUL byte is no file's") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(reason: Self.reason(errno)) }
    do throws(WeightsError) {
      opened = try Self.regularFile(descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    (self.path, self.descriptor) = (path, descriptor)
  }

  deinit { close(descriptor) }

  private static func regularFile(_ descriptor: Int32) throws(WeightsError) -> Identity {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .readFailed(reason: reason(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .notARegularFile(isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }
    guard status.st_size > 0 else { throw .emptyFile }
    return Identity(status)
  }

  /// Copies a range of the file; whether these are the bytes of what was opened `check` tells afterwards.
  ///
  /// - Throws: `WeightsError.readFailed`, or `changed` where the file ends before the range does.
  func read(_ range: Range<Int>, into target: UnsafeMutableRawPointer) throws(WeightsError) {
    var done = 0
    while done < range.count {
      let got = pread(descriptor, target + done, range.count - done, off_t(range.lowerBound + done))
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .readFailed(reason: Self.reason(errno)) }
      guard got > 0 else { throw .changed }
      done += got
    }
  }

  /// Sees that the path still leads to what was opened.
  ///
  /// - Throws: `WeightsError.changed` where the file was cut, written to or replaced.
  func check() throws(WeightsError) {
    var status = stat()
    guard stat(path, &status) == 0, Identity(status) == opened else { throw .changed }
  }

  private static func reason(_ code: Int32) -> String {
    String(cString: strerror(code))
  }
}
