import FoveaGraph

/// Performer's positive random features, computed as a map of their own before a linear attention.
struct RandomFeatures {
  /// The rows w_m, (M, D).
  let rows: Parameter
  /// M.
  let count: Int
  /// D.
  let width: Int
  /// Keys share the greatest exponent of a head; a query has its own.
  var isKey = false

  /// The features of an attention that has random ones.
  init?(_ attention: LinearAttention) {
    guard case .positiveRandom(let rows) = attention.featureMap, attention.layout == .separate else {
      return nil
    }
    (self.rows, count, width) = (rows, rows.shape[0], rows.shape[1])
  }

  func of(keys isKey: Bool) -> RandomFeatures {
    var features = self
    features.isKey = isKey
    return features
  }
}

/// φ(x)_m = exp(w_m·u − |u|²/2 − s) / √M with u = x / D^¼, head by head; s cancels in the attention and counts as a
/// constant. Backward: with e = φ ∘ dφ, du = Σ_m e_m (w_m − u) and dw_m = Σ e_m u.
final class RandomFeaturesOperation: DifferentiableOperation {
  private let features: RandomFeatures
  private let source: Source
  private let output: Output
  private let weights: UnsafeMutablePointer<Float>
  private let weightGradient: UnsafeMutablePointer<Float>?
  private var sums: GroupSums?

  init(
    _ features: RandomFeatures, _ sources: [Source], _ output: Output, _ parameters: OperationParameters
  ) {
    self.features = features
    source = sources[0]
    self.output = output
    weights = parameters.values(features.rows)
    weightGradient = parameters.gradient(features.rows)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [true], output: true) }
  private var heads: Int { source.shape.channels / features.width }
  private var tokens: Int { source.shape.tokens }
  private var root: Float { Float(features.width).squareRoot().squareRoot() }

  var scratchBytes: Int {
    (tokens * output.map.shape.channels + 2 * source.shape.channels + 2 * output.map.shape.channels) * 4
      + source.shape.channels * source.elementSize + 512
  }

  func plan(_ planner: WorkspacePlanner) {
    if weightGradient != nil {
      sums = GroupSums(groups: source.shape.batch, count: features.rows.count, planner.backward)
    }
  }

  private func load(_ map: Map, _ pixel: Int, into floats: UnsafeMutablePointer<Float>, _ pass: Pass) {
    pass.kernels.pointee.convert_to_float(map.pixel(pixel), floats, map.shape.channels)
  }

  func forward(_ pass: Pass) {
    let (count, channels) = (features.count, output.map.shape.channels)
    pass.workers.run(groups: source.shape.batch) { image, scratch in
      var scratch = scratch
      let exponents = scratch.floats(tokens * channels)
      let inputs = scratch.floats(source.shape.channels)
      for token in 0..<tokens {
        load(source.map, image * tokens + token, into: inputs, pass)
        for head in 0..<heads {
          fill(inputs + head * features.width, into: exponents + token * channels + head * count)
        }
      }
      for head in 0..<heads { exponentiate(exponents + head * count, channels) }
      for token in 0..<tokens {
        pass.kernels.pointee.convert_from_float(
          exponents + token * channels, output.map.pixel(image * tokens + token), channels)
      }
    }
    output.complete(pass)
  }

  /// w_m·u − |u|²/2 of one head's vector.
  private func fill(_ input: UnsafePointer<Float>, into exponents: UnsafeMutablePointer<Float>) {
    let inverse = 1 / root
    var square: Float = 0
    for d in 0..<features.width { square += input[d] * input[d] }
    square *= inverse * inverse / 2
    for m in 0..<features.count {
      var product: Float = 0
      for d in 0..<features.width { product += weights[m * features.width + d] * input[d] }
      exponents[m] = product * inverse - square
    }
  }

  /// exp(E − s) / √M of one head's exponents of all tokens.
  private func exponentiate(_ exponents: UnsafeMutablePointer<Float>, _ stride: Int) {
    let count = features.count
    let norm = 1 / Double(count).squareRoot()
    var greatest = -Float.infinity
    for token in 0..<tokens { for m in 0..<count { greatest = max(greatest, exponents[token * stride + m]) } }
    for token in 0..<tokens {
      let row = exponents + token * stride
      var shift = greatest
      if !features.isKey { shift = (0..<count).reduce(-Float.infinity) { max($0, row[$1]) } }
      for m in 0..<count { row[m] = Float(exponential(Double(row[m] - shift)) * norm) }
    }
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradient else { return }
    let channels = output.map.shape.channels
    pass.workers.run(groups: source.shape.batch) { image, scratch in
      var scratch = scratch
      let (slopes, values) = (scratch.floats(channels), scratch.floats(channels))
      let (inputs, answers) = (scratch.floats(source.shape.channels), scratch.floats(source.shape.channels))
      let memory = scratch.take(source.shape.channels * pass.elementSize)
      sums?.clear(image)
      for token in 0..<tokens {
        let pixel = image * tokens + token
        load(gradients, pixel, into: slopes, pass)
        load(output.map, pixel, into: values, pass)
        load(source.map, pixel, into: inputs, pass)
        for c in 0..<channels { slopes[c] *= values[c] }
        for head in 0..<heads {
          let at = head * features.width
          send(slopes + head * features.count, inputs + at, into: answers + at, sums?.sums(image))
        }
        guard let target = source.gradient else { continue }
        pass.kernels.pointee.convert_from_float(answers, memory, source.shape.channels)
        target.store(memory, pixel..<pixel + 1, pass)
      }
    }
    if let weightGradient { sums?.add(to: weightGradient, pass) }
  }

  private func send(
    _ slopes: UnsafePointer<Float>, _ input: UnsafePointer<Float>,
    into answer: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>?
  ) {
    let inverse = 1 / root
    var total: Float = 0
    for m in 0..<features.count { total += slopes[m] }
    for d in 0..<features.width { answer[d] = -total * input[d] * inverse * inverse }
    for m in 0..<features.count {
      let row = m * features.width
      for d in 0..<features.width {
        answer[d] += slopes[m] * weights[row + d] * inverse
        sums?[row + d] += slopes[m] * input[d] * inverse
      }
    }
  }
}
