import Fovea
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What becomes of SIGINT, SIGTERM and SIGHUP: they end the process, and no half-written file is left.
///
/// A thread waits for them, so that what is done then may take locks and memory as everything else does.
enum StopSignal {
  private static let number = Atomic<Int32>(0)
  private static let isHeeded = Atomic<Bool>(false)

  /// True once one has come that was left to whoever asks.
  static var hasCome: Bool { number.load(ordering: .relaxed) != 0 }

  /// From now on the first one only makes `hasCome` true, and whoever asks has something to keep, then `obey`s; the
  /// second one ends the process as ever.
  static func heed() { isHeeded.store(true, ordering: .relaxed) }

  /// Ends the process by the signal that came, if one has, so that whoever started it knows.
  static func obey() {
    if hasCome { end(by: number.load(ordering: .relaxed)) }
  }

  /// Begins to wait. To be called before any other thread is there: they take over what this one blocks.
  ///
  /// A write past the limit of a file's size (ulimit -f) then fails as on a full disk, and ends nothing.
  static func watch() {
    signal(SIGXFSZ, SIG_IGN)
    var signals = signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    // where the system refuses a thread a signal ends the process at once
    if !SystemThread.start({ wait() }) { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
  }

  /// Those that are not ignored from the start, as SIGHUP is under nohup.
  private static let signals: sigset_t = {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let old = signal(number, SIG_DFL)
      let isIgnored = unsafeBitCast(old, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      if isIgnored { signal(number, SIG_IGN) } else { sigaddset(&set, number) }
    }
    return set
  }()

  private static func wait() {
    var signals = signals
    while true {
      var came: Int32 = 0
      guard sigwait(&signals, &came) == 0 else { continue }
      let isFirst = number.exchange(came, ordering: .relaxed) == 0
      if !(isFirst && isHeeded.load(ordering: .relaxed)) { end(by: came) }
    }
  }

  private static func end(by number: Int32) -> Never {
    Temporary.removeAll {
      signal(number, SIG_DFL)
      var signals = signals
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      raise(number)
      exit(128 + number)
    }
  }
}
