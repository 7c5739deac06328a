/// A symmetric tridiagonal matrix.
struct TridiagonalMatrix: Sendable {
  /// n values.
  var diagonal: [Double]
  /// n − 1 values, beside the diagonal.
  var beside: [Double]

  /// The eigenvalues, ascending. O(n²).
  func eigenvalues() -> [Double] {
    var weights: [Double] = []
    return decomposed(&weights).sorted()
  }

  /// The eigenvalues with the squares of the first components of their unit eigenvectors: the nodes and weights
  /// of the Gaussian quadrature that Lanczos' process gives. O(n²).
  func quadrature() -> [(value: Double, weight: Double)] {
    var first = [Double](repeating: 0, count: diagonal.count)
    if !first.isEmpty { first[0] = 1 }
    let values = decomposed(&first)
    return zip(values, first).map { ($0, $1 * $1) }
  }

  /// QL with implicit shifts (Wilkinson's); `first` takes the rotations where it has components.
  private func decomposed(_ first: inout [Double]) -> [Double] {
    var (d, e) = (diagonal, beside + [0])
    for l in d.indices {
      for _ in 0..<64 {
        var m = l
        while m < d.count - 1, abs(e[m]) > .ulpOfOne * (abs(d[m]) + abs(d[m + 1])) { m += 1 }
        guard m > l else { break }
        let g = (d[l + 1] - d[l]) / (2 * e[l])
        let length = (g * g + 1).squareRoot()
        var shifted = d[m] - d[l] + e[l] / (g + (g < 0 ? -length : length))
        var (sine, cosine, carry) = (1.0, 1.0, 0.0)
        var isDeflated = false
        for i in stride(from: m - 1, through: l, by: -1) {
          let (f, b) = (sine * e[i], cosine * e[i])
          let radius = (f * f + shifted * shifted).squareRoot()
          e[i + 1] = radius
          guard radius > 0 else {
            d[i + 1] -= carry
            e[m] = 0
            isDeflated = true
            break
          }
          (sine, cosine) = (f / radius, shifted / radius)
          let difference = d[i + 1] - carry
          let turned = (d[i] - difference) * sine + 2 * cosine * b
          carry = sine * turned
          d[i + 1] = difference + carry
          shifted = cosine * turned - b
          if !first.isEmpty {
            (first[i + 1], first[i]) = (
              sine * first[i] + cosine * first[i + 1], cosine * first[i] - sine * first[i + 1]
            )
          }
        }
        guard !isDeflated else { continue }
        d[l] -= carry
        e[l] = shifted
        e[m] = 0
      }
    }
    return d
  }
}
