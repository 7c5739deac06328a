import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whether the user, or the system, asked the process to end: a training then keeps its state first.
enum StopSignal {
  private static let number = Atomic<Int32>(0)

  /// True once it was asked.
  static var hasCome: Bool { number.load(ordering: .relaxed) != 0 }

  /// Ends the process by the signal that came, so that whoever started it knows.
  static func obey() {
    raise(number.load(ordering: .relaxed))
  }

  /// Takes SIGINT and SIGTERM; the second one ends the process as ever.
  static func listen() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        StopSignal.number.store(number, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
