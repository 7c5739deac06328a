import Fovea
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A bar on standard error, drawn only where that is a terminal and there is more than one thing to do.
final class ProgressBar: Sendable {
  /// The bar that messages must clear before they are written.
  static var current: ProgressBar? { active.withLock { $0 } }
  private static let active = Mutex<ProgressBar?>(nil)

  private let total: Int
  private let done = Mutex(0)

  /// A bar for a number of images, or nil where none should be drawn.
  init?(total: Int) {
    guard total > 1, isatty(STDERR_FILENO) == 1 else { return nil }
    self.total = total
    Self.active.withLock { $0 = self }
    draw()
  }

  /// One more is done.
  func advance() {
    done.withLock { $0 += 1 }
    draw()
  }

  /// Takes the bar off the line, so that text can be written there.
  func clear() {
    writeAll("\r\u{1b}[K", to: STDERR_FILENO)
  }

  /// Takes the bar away for good.
  func finish() {
    clear()
    Self.active.withLock { $0 = nil }
  }

  private func draw() {
    let count = done.withLock { $0 }
    let width = 30
    let filled = count * width / total
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    writeAll("\r[\(bar)] \(count)/\(total)", to: STDERR_FILENO)
  }
}
