import FoveaGraph

extension Resize: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    inputs[0].resampled(method, height: shape.height, width: shape.width)
  }
}

extension FeatureMap {
  /// The map on another grid: every pixel a weighted sum of pixels, the weights a product of both axes'.
  func resampled(_ method: Resampling, height: Int, width: Int) -> FeatureMap {
    let rows = method.taps(from: shape.height, to: height)
    let columns = method.taps(from: shape.width, to: width)
    let output = Shape(batch: shape.batch, height: height, width: width, channels: shape.channels)
    return FeatureMap(output) { batch, y, x, channel in
      var sum = 0.0
      for row in rows[y] {
        for column in columns[x] {
          sum += row.weight * column.weight * Double(self[batch, row.position, column.position, channel])
        }
      }
      return Float(sum)
    }
  }
}

/// What one input position contributes to an output position of a resampled axis.
package struct Tap {
  /// The input position.
  package var position: Int
  /// Its weight.
  package var weight: Double
}

extension Resampling {
  /// For every position of an axis of `output` positions, the positions of the `input` that it is made of.
  package func taps(from input: Int, to output: Int) -> [[Tap]] {
    (0..<output).map { position in
      switch self {
      case .bilinear: Self.bilinearTaps(position, input, output)
      case .bicubic: Self.bicubicTaps(position, input, output)
      case .bicubicAntialiased: Self.antialiasedTaps(position, input, output)
      case .nearest: Self.nearestTap(position, input, output)
      }
    }
  }

  /// The output position's centre in the coordinates of the input's positions.
  private static func source(_ position: Int, _ input: Int, _ output: Int) -> Double {
    (Double(position) + 0.5) * Double(input) / Double(output) - 0.5
  }

  private static func bilinearTaps(_ position: Int, _ input: Int, _ output: Int) -> [Tap] {
    let source = max(source(position, input, output), 0)
    let left = Int(source)
    let fraction = source - Double(left)
    return [
      Tap(position: left, weight: 1 - fraction),
      Tap(position: min(left + 1, input - 1), weight: fraction),
    ]
  }

  private static func bicubicTaps(_ position: Int, _ input: Int, _ output: Int) -> [Tap] {
    let source = source(position, input, output)
    let left = Int(source.rounded(.down))
    return (left - 1...left + 2).map { tap in
      Tap(position: min(max(tap, 0), input - 1), weight: cubic(source - Double(tap), a: -0.75))
    }
  }

  /// The filter is stretched by the scale where the axis shrinks, cut at the borders and normalised.
  private static func antialiasedTaps(_ position: Int, _ input: Int, _ output: Int) -> [Tap] {
    let stretch = max(Double(input) / Double(output), 1)
    let centre = source(position, input, output) + 0.5
    let first = max(Int(centre - 2 * stretch + 0.5), 0)
    let end = min(Int(centre + 2 * stretch + 0.5), input)
    let weights = (first..<end).map { cubic((Double($0) + 0.5 - centre) / stretch, a: -0.5) }
    let total = weights.reduce(0, +)
    return zip(first..<end, weights).map { Tap(position: $0, weight: $1 / total) }
  }

  /// In float32, as PyTorch has it: the rounding decides which pixel an edge between two belongs to.
  private static func nearestTap(_ position: Int, _ input: Int, _ output: Int) -> [Tap] {
    let source = Int(Float(position) * (Float(input) / Float(output)))
    return [Tap(position: min(source, input - 1), weight: 1)]
  }

  /// Keys' cubic convolution kernel of parameter a.
  private static func cubic(_ x: Double, a: Double) -> Double {
    let x = abs(x)
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return ((x - 5) * x + 8) * x * a - 4 * a }
    return 0
  }
}
