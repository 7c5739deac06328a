#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// eˣ.
func exponential(_ x: Double) -> Double { exp(x) }
/// log(1 + x).
func logOnePlus(_ x: Double) -> Double { log1p(x) }
/// cos x and sin x.
func circular(_ x: Double) -> (cosine: Double, sine: Double) { (cos(x), sin(x)) }
/// xʸ.
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
