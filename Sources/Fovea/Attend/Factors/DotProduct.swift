/// Σ a_n·b_n over n < count, in four partial sums: within (count / 4 + 3)·2⁻²⁴·Σ|a_n·b_n| of the exact one.
@inline(__always)
func dotProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var (first, second, third, fourth): (Float, Float, Float, Float) = (0, 0, 0, 0)
  var n = 0
  while n &+ 4 <= count {
    first += a[n] * b[n]
    second += a[n &+ 1] * b[n &+ 1]
    third += a[n &+ 2] * b[n &+ 2]
    fourth += a[n &+ 3] * b[n &+ 3]
    n &+= 4
  }
  while n < count {
    first += a[n] * b[n]
    n &+= 1
  }
  return (first + second) + (third + fourth)
}

/// Adds factor·Σ_m vector_m·columns_mj to every target_j, j < count; the columns' rows, (features, ≥ count), begin
/// `stride` after one another. Four features at a time, each loop over j, which the compiler makes vectors of.
func addProducts(
  _ factor: Float, _ vector: UnsafePointer<Float>, _ features: Int, _ columns: UnsafePointer<Float>,
  stride: Int, to target: UnsafeMutablePointer<Float>, _ count: Int
) {
  var m = 0
  while m &+ 4 <= features {
    let (a, b, c, d) = (
      factor * vector[m], factor * vector[m &+ 1], factor * vector[m &+ 2], factor * vector[m &+ 3]
    )
    let first = columns + m &* stride
    let (second, third, fourth) = (first + stride, first + 2 &* stride, first + 3 &* stride)
    for j in 0..<count {
      target[j] += (a * first[j] + b * second[j]) + (c * third[j] + d * fourth[j])
    }
    m &+= 4
  }
  while m < features {
    let (a, first) = (factor * vector[m], columns + m &* stride)
    for j in 0..<count { target[j] += a * first[j] }
    m &+= 1
  }
}
