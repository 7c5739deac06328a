#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How the learning rate runs over a training, as a part of its peak.
public enum LearningRateSchedule: Sendable, Hashable {
  /// Up from 1 / `startDivisor` along half a cosine in the first `warmup` part of the steps, then down to
  /// 1 / (`startDivisor` · `endDivisor`) along another (Smith and Topin, "Super-Convergence", 2018).
  case oneCycle(warmup: Double, startDivisor: Double = 25, endDivisor: Double = 1e4)
  /// Up in a straight line from `start` in the first `warmup` part of the steps, then down to `end` along half a
  /// cosine (Loshchilov and Hutter, "SGDR", 2017).
  case cosine(warmup: Double, start: Double = 0.01, end: Double = 0)
  /// The peak, all the time.
  case constant

  /// The part of the peak at a step, counted from 0, of `total` steps.
  public func factor(at step: Int, of total: Int) -> Double {
    switch self {
    case .oneCycle(let warmup, let startDivisor, let endDivisor):
      let (start, end) = (1 / startDivisor, 1 / (startDivisor * endDivisor))
      let top = max(warmup * Double(total) - 1, 0)
      if Double(step) <= top { return Self.eased(1, from: start, at: top > 0 ? Double(step) / top : 1) }
      let rest = max(Double(total - 1) - top, 1e-9)
      return Self.eased(end, from: 1, at: min(1, (Double(step) - top) / rest))
    case .cosine(let warmup, let start, let end):
      let top = (warmup * Double(total)).rounded()
      if Double(step) < top { return start + (1 - start) * Double(step) / top }
      return Self.eased(end, from: 1, at: min(1, (Double(step) - top) / max(Double(total) - top, 1)))
    case .constant: return 1
    }
  }

  /// Half a cosine from one value to another; `part` runs from 0 to 1.
  private static func eased(_ target: Double, from start: Double, at part: Double) -> Double {
    target + (start - target) / 2 * (1 + cos(.pi * part))
  }
}
