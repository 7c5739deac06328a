/// Σ a_n·b_n over n < count, in eight partial sums: within (count / 8 + 3)·2⁻²⁴·Σ|a_n·b_n| of the exact one.
@inline(__always)
func dotProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var sums = SIMD8<Float>(repeating: 0)
  let (left, right) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
  var n = 0
  while n + 8 <= count {
    sums +=
      left.loadUnaligned(fromByteOffset: 4 * n, as: SIMD8<Float>.self)
      * right.loadUnaligned(fromByteOffset: 4 * n, as: SIMD8<Float>.self)
    n += 8
  }
  let four = sums.lowHalf + sums.highHalf
  let two = four.lowHalf + four.highHalf
  var sum = two.x + two.y
  while n < count {
    sum += a[n] * b[n]
    n += 1
  }
  return sum
}
