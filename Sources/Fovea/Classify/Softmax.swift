#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// exp(x) / Σ exp(x), computed from the largest downward, with the sum in double precision.
func softmax(_ logits: some Collection<Float>) -> [Float] {
  let largest = logits.max() ?? 0
  let exponentials = logits.map { exp(Double($0 - largest)) }
  let sum = exponentials.reduce(0, +)
  return exponentials.map { Float($0 / sum) }
}
