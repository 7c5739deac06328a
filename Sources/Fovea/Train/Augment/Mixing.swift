import FoveaModels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Two pictures of a batch made one, and their targets alike: blended (Zhang et al., "mixup", 2018), or with a
/// rectangle exchanged (Yun et al., "CutMix", 2019). Picture i meets picture B − 1 − i.
package enum Mixing {
  /// λ of every picture is `kept`.
  case blend(kept: Float)
  /// The rectangle that comes from the other picture.
  case exchange(rows: Range<Int>, columns: Range<Int>, kept: Float)

  /// Draws one of the two, each where its α is above 0; nil where neither is.
  package init?(
    blend blendAlpha: Double, exchange exchangeAlpha: Double, height: Int, width: Int,
    _ numbers: inout RandomNumbers
  ) {
    guard blendAlpha > 0 || exchangeAlpha > 0 else { return nil }
    let exchanges = exchangeAlpha > 0 && (blendAlpha <= 0 || numbers.chance(0.5))
    let kept = numbers.beta(exchanges ? exchangeAlpha : blendAlpha)
    guard exchanges else {
      self = .blend(kept: Float(kept))
      return
    }
    let part = (1 - kept).squareRoot()
    func range(_ extent: Int) -> Range<Int> {
      let (middle, half) = (numbers.index(below: extent), Int(Double(extent) * part) / 2)
      return max(0, middle - half)..<min(extent, middle + half)
    }
    let (rows, columns) = (range(height), range(width))
    let area = Float(rows.count * columns.count) / Float(height * width)
    self = .exchange(rows: rows, columns: columns, kept: 1 - area)
  }

  /// λ: how much of a target stays.
  package var kept: Float {
    switch self {
    case .blend(let kept), .exchange(_, _, let kept): kept
    }
  }

  /// Mixes a batch's pictures, (B, H, W, 3), in place.
  package func apply(to images: UnsafeMutableBufferPointer<Float>, batch: Int, height: Int, width: Int) {
    let size = images.count / batch
    for first in 0..<batch / 2 {
      let (one, other) = (first * size, (batch - 1 - first) * size)
      switch self {
      case .blend(let kept):
        for i in 0..<size {
          let (a, b) = (images[one + i], images[other + i])
          images[one + i] = b + (a - b) * kept
          images[other + i] = a + (b - a) * kept
        }
      case .exchange(let rows, let columns, _):
        for row in rows {
          for i in 3 * (row * width + columns.lowerBound)..<3 * (row * width + columns.upperBound) {
            images.swapAt(one + i, other + i)
          }
        }
      }
    }
  }

  /// Exchanges the ids of masks, (B, H, W), as an exchange of rectangles does with the pictures.
  package func apply(to ids: UnsafeMutableBufferPointer<Int32>, batch: Int, width: Int) {
    guard case .exchange(let rows, let columns, _) = self else { return }
    let size = ids.count / batch
    for first in 0..<batch / 2 {
      let (one, other) = (first * size, (batch - 1 - first) * size)
      for row in rows {
        for column in columns { ids.swapAt(one + row * width + column, other + row * width + column) }
      }
    }
  }

  /// Mixes targets, (B, K), as the pictures are.
  package func targets(
    of ids: UnsafeMutableBufferPointer<Int32>, into targets: UnsafeMutableBufferPointer<Float>
  ) {
    let classes = targets.count / ids.count
    targets.update(repeating: 0)
    for (row, id) in ids.enumerated() {
      targets[row * classes + Int(id)] += kept
      targets[row * classes + Int(ids[ids.count - 1 - row])] += 1 - kept
    }
  }
}

extension RandomNumbers {
  /// A number of Beta(α, α).
  mutating func beta(_ alpha: Double) -> Double {
    let (first, second) = (gamma(alpha), gamma(alpha))
    return first + second > 0 ? first / (first + second) : 0.5
  }

  /// A number of Gamma(α, 1) (Marsaglia and Tsang, 2000).
  private mutating func gamma(_ alpha: Double) -> Double {
    guard alpha >= 1 else { return gamma(alpha + 1) * pow(uniform(), 1 / alpha) }
    let d = alpha - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let normal = normals().0
      let root = 1 + c * normal
      guard root > 0 else { continue }
      let cube = root * root * root
      if log(uniform()) < normal * normal / 2 + d - d * cube + d * log(cube) { return d * cube }
    }
  }
}
