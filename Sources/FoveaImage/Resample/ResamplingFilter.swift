/// How pixels between pixels are found.
public enum ResamplingFilter: String, Sendable, CaseIterable {
  /// A triangle, as wide as the reduction (antialiased).
  case bilinear
  /// Keys' cubic with a = -0.5, as wide as the reduction (antialiased).
  case bicubic

  /// The filter's reach on each side, in pixels of the coarser grid.
  var support: Double { self == .bilinear ? 1 : 2 }

  /// The filter's height at distance `x`, in pixels of the coarser grid.
  func weight(_ x: Double) -> Double {
    let x = abs(x)
    guard self == .bicubic else { return x < 1 ? 1 - x : 0 }
    let a = -0.5
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }
}
