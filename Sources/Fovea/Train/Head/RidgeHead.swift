#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A linear layer fitted in closed form: W = (XᵀX + λI)⁻¹ Xᵀ Y for features X and one-hot classes Y, both
/// centred, with the λ whose error on pictures left out one by one is smallest, which needs no refitting.
///
/// The smaller of XᵀX and XXᵀ is inverted: O(min(n, C)³ + n·C·min(n, C)).
struct RidgeHead {
  /// (K, C).
  let weights: [Float]
  /// (K).
  let bias: [Float]
  /// The part of pictures that a fit without them gets right.
  let leftOutAccuracy: Double

  /// Fits `classes` classes to features (n, C). Without a bias nothing is centred.
  init(features: [Float], channels: Int, ids: [Int], classes: Int, hasBias: Bool) {
    let problem = RidgeProblem(
      features: features, channels: channels, ids: ids, classes: classes, hasBias: hasBias)
    let best = problem.best
    let scale = problem.sharpness(of: best.leftOut)
    weights = best.weights.map { Float($0 * scale) }
    bias = (0..<classes).map { k in
      let offset = (0..<channels).reduce(problem.meanTargets[k]) {
        $0 - best.weights[k * channels + $1] * problem.meanFeatures[$1]
      }
      return hasBias ? Float(offset * scale) : 0
    }
    leftOutAccuracy = problem.accuracy(of: best.leftOut)
  }
}

/// The features and targets of a fit.
package struct RidgeProblem {
  package struct Fit {
    /// (K, C).
    package let weights: [Double]
    /// (n, K), the answer to each picture of a fit without it.
    package let leftOut: [Double]
    /// The mean square of its errors.
    package let leftOutError: Double
  }

  let count: Int
  let channels: Int
  let classes: Int
  let ids: [Int]
  let meanFeatures: [Double]
  let meanTargets: [Double]
  /// (n, C), centred; and its transpose.
  private let rows: [Double]
  private let columns: [Double]
  private let hasBias: Bool
  private let gram: PositiveMatrix
  private var isDual: Bool { count <= channels }

  /// Features (n, C) of pictures of some classes.
  package init(features: [Float], channels: Int, ids: [Int], classes: Int, hasBias: Bool) {
    (self.channels, self.ids, self.classes, self.hasBias) = (channels, ids, classes, hasBias)
    let count = ids.count
    self.count = count
    var (means, targets) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: classes))
    if hasBias {
      for row in 0..<count {
        for c in 0..<channels { means[c] += Double(features[row * channels + c]) / Double(count) }
        targets[ids[row]] += 1 / Double(count)
      }
    }
    (meanFeatures, meanTargets) = (means, targets)
    rows = (0..<count * channels).map { Double(features[$0]) - means[$0 % channels] }
    var columns = [Double](repeating: 0, count: count * channels)
    for row in 0..<count {
      for c in 0..<channels { columns[c * count + row] = rows[row * channels + c] }
    }
    self.columns = columns
    gram =
      count <= channels
      ? PositiveMatrix(gramOf: rows, count: count, width: channels)
      : PositiveMatrix(gramOf: columns, count: channels, width: count)
  }

  private func target(_ row: Int, _ k: Int) -> Double { (ids[row] == k ? 1 : 0) - meanTargets[k] }

  /// The mean square length of a row, in which λ is measured.
  package var scale: Double { gram.trace / Double(count) }

  /// Of seven λ, from a thousandth of `scale` to ten times it, the fit of the least error on pictures left out.
  package var best: Fit {
    let fits = [1e-3, 1e-2, 0.1, 0.3, 1, 3, 10].map { fit(lambda: max($0 * scale, 1e-12)) }
    return fits.min { $0.leftOutError < $1.leftOutError } ?? fits[0]
  }

  /// The fit at a λ.
  package func fit(lambda: Double) -> Fit {
    let inverse = gram.inverse(adding: lambda)
    let weights = isDual ? dualWeights(inverse) : primalWeights(inverse)
    var leftOut = [Double](repeating: 0, count: count * classes)
    var error = 0.0
    for row in 0..<count {
      let reach =
        (isDual ? 1 - lambda * inverse[row * count + row] : leverage(row, inverse))
        + (hasBias ? 1 / Double(count) : 0)
      for k in 0..<classes {
        var answer = 0.0
        for c in 0..<channels { answer += weights[k * channels + c] * rows[row * channels + c] }
        let residual = (target(row, k) - answer) / max(1 - reach, 1e-9)
        leftOut[row * classes + k] = target(row, k) - residual + meanTargets[k]
        error += residual * residual
      }
    }
    return Fit(weights: weights, leftOut: leftOut, leftOutError: error / Double(count))
  }

  /// Xᵀ (XXᵀ + λI)⁻¹ Y, transposed.
  private func dualWeights(_ inverse: [Double]) -> [Double] {
    var weights = [Double](repeating: 0, count: classes * channels)
    for k in 0..<classes {
      for row in 0..<count {
        var alpha = 0.0
        for other in 0..<count { alpha += inverse[row * count + other] * target(other, k) }
        for c in 0..<channels { weights[k * channels + c] += alpha * rows[row * channels + c] }
      }
    }
    return weights
  }

  /// (XᵀX + λI)⁻¹ XᵀY, transposed.
  private func primalWeights(_ inverse: [Double]) -> [Double] {
    var products = [Double](repeating: 0, count: classes * channels)
    for row in 0..<count {
      for k in 0..<classes {
        let target = target(row, k)
        for c in 0..<channels { products[k * channels + c] += target * rows[row * channels + c] }
      }
    }
    var weights = [Double](repeating: 0, count: classes * channels)
    for k in 0..<classes {
      for c in 0..<channels {
        var sum = 0.0
        for d in 0..<channels { sum += inverse[c * channels + d] * products[k * channels + d] }
        weights[k * channels + c] = sum
      }
    }
    return weights
  }

  /// xᵀ (XᵀX + λI)⁻¹ x.
  private func leverage(_ row: Int, _ inverse: [Double]) -> Double {
    var total = 0.0
    for c in 0..<channels {
      var sum = 0.0
      for d in 0..<channels { sum += inverse[c * channels + d] * rows[row * channels + d] }
      total += sum * rows[row * channels + c]
    }
    return total
  }

  /// The part of answers whose greatest is right.
  func accuracy(of answers: [Double]) -> Double {
    let hits = (0..<count).filter { row in
      let own = answers[row * classes..<(row + 1) * classes]
      return own.indices.max { own[$0] < own[$1] }.map { $0 - row * classes } == ids[row]
    }
    return Double(hits.count) / Double(max(count, 1))
  }

  /// What answers are multiplied by, so that their softmax is as sure as it is right: the factor of the least
  /// cross entropy (Guo et al., "On Calibration of Modern Neural Networks", 2017), between 1 and 100.
  func sharpness(of answers: [Double]) -> Double {
    func loss(_ logarithm: Double) -> Double {
      let scale = exp(logarithm)
      return (0..<count).reduce(0.0) { total, row in
        let own = answers[row * classes..<(row + 1) * classes]
        let greatest = own.max() ?? 0
        let sum = own.reduce(0) { $0 + exp(scale * ($1 - greatest)) }
        return total + log(sum) - scale * (answers[row * classes + ids[row]] - greatest)
      }
    }
    var (low, high) = (0.0, log(100.0))
    let ratio = (5.0.squareRoot() - 1) / 2
    for _ in 0..<40 {
      let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
      if loss(a) < loss(b) { high = b } else { low = a }
    }
    return exp((low + high) / 2)
  }
}
