#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Bytes of a weight file: a mapped file, a copy in memory, or memory that lives as long as the process.
///
/// A mapped file costs no memory until it is read, and its pages can be reclaimed by the system at any time.
/// The file must not shrink while it is mapped.
public final class WeightBytes: Sendable {
  /// The number of bytes.
  public let count: Int

  private enum Owner { case mapping, allocation, process }
  private nonisolated(unsafe) let base: UnsafeRawPointer?
  private let owner: Owner

  /// Maps the regular file at `path` read-only.
  ///
  /// - Throws: `WeightsError.cannotOpen`, `notARegularFile`, `readFailed` or `emptyFile`.
  /// - Complexity: O(1); pages are read when touched.
  public init(mapping path: String) throws(WeightsError) {
    guard !path.utf8.contains(0) else { throw .cannotOpen(reason: "a name with a NUL byte is no file's") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(reason: Self.reason(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .readFailed(reason: Self.reason(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .notARegularFile(isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }
    guard status.st_size > 0 else { throw .emptyFile }
    let mapping = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapping, mapping != MAP_FAILED else { throw .readFailed(reason: Self.reason(errno)) }
    (base, count, owner) = (UnsafeRawPointer(mapping), Int(status.st_size), .mapping)
  }

  /// Copies `bytes` into memory of its own.
  public init(copying bytes: some Collection<UInt8>) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    copy.copyBytes(from: bytes)
    (base, count, owner) = (UnsafeRawPointer(copy.baseAddress), bytes.count, .allocation)
  }

  /// Borrows memory that is never changed or freed, such as a file embedded in the program.
  ///
  /// - Complexity: O(1); nothing is copied.
  public init(embedded bytes: UnsafeRawBufferPointer) {
    (base, count, owner) = (bytes.baseAddress, bytes.count, .process)
  }

  deinit {
    switch owner {
    case .mapping: munmap(UnsafeMutableRawPointer(mutating: base), count)
    case .allocation: base?.deallocate()
    case .process: break
    }
  }

  /// Calls `body` with all the bytes, which stay valid until it returns.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Lets the system take back the resident pages of a mapping inside `range`; reading them again is allowed.
  ///
  /// A conversion calls this behind itself, so that a checkpoint of any size passes through little memory.
  func forget(_ range: Range<Int>) {
    guard case .mapping = owner, let base else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound == count ? count : range.upperBound / page * page
    guard start < end else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
  }

  private static func reason(_ code: Int32) -> String {
    String(cString: strerror(code))
  }
}
