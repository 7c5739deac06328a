import Fovea
import Testing

@Suite("Ridge regression")
struct RidgeTests {
  private let count = 14
  private let channels = 5
  private let classes = 3
  private let ids = (0..<14).map { $0 * 7 % 3 }
  private var features: [Float] {
    (0..<14 * 5).map { place in
      let (row, c) = (place / 5, place % 5)
      return Float((row * 31 + c * 17) % 23) / 10 - 1 + (ids[row] == c ? 1.5 : 0)
    }
  }

  private func problem(_ features: [Float], channels: Int, ids: [Int]) -> RidgeProblem {
    RidgeProblem(features: features, channels: channels, ids: ids, classes: classes, hasBias: true)
  }

  @Test("weights solve the normal equations of centred features")
  func normalEquations() {
    let lambda = 0.7
    let fit = problem(features, channels: channels, ids: ids).fit(lambda: lambda)
    let means = (0..<channels).map { c in
      (0..<count).reduce(0.0) { $0 + Double(features[$1 * channels + c]) } / 14
    }
    let x = (0..<count).map { row in (0..<channels).map { Double(features[row * channels + $0]) - means[$0] }
    }
    for k in 0..<classes {
      let weights = Array(fit.weights[k * channels..<(k + 1) * channels])
      let mean = Double(ids.count { $0 == k }) / 14
      for c in 0..<channels {
        // Σ x (x·w − y) + λ w = 0
        let slope = (0..<count).reduce(lambda * weights[c]) { sum, row in
          let answer = zip(x[row], weights).reduce(0) { $0 + $1.0 * $1.1 }
          return sum + x[row][c] * (answer - ((ids[row] == k ? 1 : 0) - mean))
        }
        #expect(abs(slope) < 1e-10)
      }
    }
  }

  @Test("both forms agree: features that are 0 change nothing but which matrix is inverted")
  func forms() {
    let wide = (0..<count).flatMap { row in
      (0..<20).map { $0 < channels ? features[row * channels + $0] : 0 }
    }
    let narrow = problem(features, channels: channels, ids: ids).fit(lambda: 0.3)
    let dual = problem(wide, channels: 20, ids: ids).fit(lambda: 0.3)
    #expect(zip(narrow.leftOut, dual.leftOut).allSatisfy { abs($0 - $1) < 1e-9 })
    for k in 0..<classes {
      for c in 0..<channels { #expect(abs(narrow.weights[k * 5 + c] - dual.weights[k * 20 + c]) < 1e-9) }
    }
  }

  @Test("an answer left out is that of a fit without the picture")
  func leftOut() {
    // Exact where nothing is centred, since centring moves with the picture.
    let whole = RidgeProblem(
      features: features, channels: channels, ids: ids, classes: classes, hasBias: false)
    let fit = whole.fit(lambda: 0.5)
    for row in 0..<count {
      var (others, rest) = (features, ids)
      others.removeSubrange(row * channels..<(row + 1) * channels)
      rest.remove(at: row)
      let without = RidgeProblem(
        features: others, channels: channels, ids: rest, classes: classes, hasBias: false
      )
      .fit(lambda: 0.5)
      for k in 0..<classes {
        let answer = (0..<channels).reduce(0.0) {
          $0 + without.weights[k * channels + $1] * Double(features[row * channels + $1])
        }
        #expect(abs(answer - fit.leftOut[row * classes + k]) < 1e-9)
      }
    }
  }

  @Test("an answer left out is that of a fit without the picture, its bias fitted anew", arguments: [5, 20])
  func leftOutWithBias(width: Int) {
    // 20 features of 14 pictures: the other form, whose matrix has a row a picture
    let features = (0..<count * width).map { place in
      let (row, c) = (place / width, place % width)
      return Float((row * 29 + c * 13) % 31) / 12 - 1 + (ids[row] == c ? 1.5 : 0)
    }
    let fit = problem(features, channels: width, ids: ids).fit(lambda: 0.5)
    for row in 0..<count {
      let others = (0..<count).filter { $0 != row }
      let inputs = others.map { other in
        (0..<width).map { Double(features[other * width + $0]) } + [1]
      }
      let own = (0..<width).map { Double(features[row * width + $0]) } + [1]
      for k in 0..<classes {
        let weights = ridge(inputs, others.map { ids[$0] == k ? 1 : 0 }, lambda: 0.5)
        let answer = zip(weights, own).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(answer - fit.leftOut[row * classes + k]) < 1e-9)
      }
    }
  }

  @Test("the penalty is that of the least error on pictures left out")
  func penalty() {
    // noise alone asks for a large one, and what is plain to see for a small one
    let noise = (0..<count * channels).map { Float(($0 * 7919) % 101) / 50 - 1 }
    let plain = (0..<count * channels).map { ids[$0 / channels] == $0 % channels ? Float(1) : 0 }
    var shares: [Double] = []
    for values in [noise, plain] {
      let problem = problem(values, channels: channels, ids: ids)
      let errors = [1e-3, 1e-2, 0.1, 0.3, 1, 3, 10].map { share in
        (share, problem.fit(lambda: share * problem.scale).leftOutError)
      }
      let least = errors.min { $0.1 < $1.1 }
      #expect(problem.best.leftOutError == least?.1)
      shares.append(least?.0 ?? 0)
    }
    #expect(shares[0] > shares[1])
  }

  /// Weights of the least Σ (x·w − y)² + λ Σ w², the last of w, the bias, being free: by Gauss.
  private func ridge(_ inputs: [[Double]], _ targets: [Double], lambda: Double) -> [Double] {
    let size = inputs[0].count
    var lines = (0..<size).map { i in
      (0..<size).map { j in
        inputs.reduce(i == j && i < size - 1 ? lambda : 0) { $0 + $1[i] * $1[j] }
      } + [zip(inputs, targets).reduce(0) { $0 + $1.0[i] * $1.1 }]
    }
    for i in 0..<size {
      for j in i + 1..<max(size, i + 1) {
        let factor = lines[j][i] / lines[i][i]
        for k in i...size { lines[j][k] -= factor * lines[i][k] }
      }
    }
    var weights = [Double](repeating: 0, count: size)
    for i in (0..<size).reversed() {
      let known = (i + 1..<max(size, i + 1)).reduce(0) { $0 + lines[i][$1] * weights[$1] }
      weights[i] = (lines[i][size] - known) / lines[i][i]
    }
    return weights
  }
}
