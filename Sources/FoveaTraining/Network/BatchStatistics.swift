import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// Batch normalisation of one map in training: z = x · scale + shift, with scale and shift from the moments of the
/// batch, or from the running statistics where those are frozen.
///
/// Blocks of rows give their moments to the group that computes them; the groups are joined in their order by
/// Chan's formula, so that no bit depends on the threads. Backward sums Σ g and Σ g (x − mean) alike.
final class BatchStatistics {
  private let channels: Int
  private let rows: Int
  private let epsilon: Float
  /// True where the running statistics normalise, and stay.
  let isFrozen: Bool
  private let weight: UnsafeMutablePointer<Float>
  private let bias: UnsafeMutablePointer<Float>
  private let runningMean: UnsafeMutablePointer<Float>
  private let runningVariance: UnsafeMutablePointer<Float>
  private let weightGradient: UnsafeMutablePointer<Float>?
  private let biasGradient: UnsafeMutablePointer<Float>?
  private let memory: AlignedBuffer

  /// [C] each: what kernels apply forward and backward.
  let scale, shift, mean, factor, slope, offset: UnsafeMutablePointer<Float>
  private let variance: UnsafeMutablePointer<Float>
  /// [groups][4][C]: a group's means and squares (or sums and products), then a block's.
  private let partials: UnsafeMutablePointer<Float>
  /// [groups]: rows of a group so far.
  private let counts: UnsafeMutablePointer<Float>

  init(_ norm: BatchNorm, rows: Int, store: ParameterStore, isFrozen: (Parameter) -> Bool) throws {
    channels = norm.weight.count
    self.rows = rows
    epsilon = norm.epsilon
    self.isFrozen = isFrozen(norm.mean)
    (weight, bias) = (store.pointer(norm.weight), store.pointer(norm.bias))
    (runningMean, runningVariance) = (store.statistic(norm.mean), store.statistic(norm.variance))
    weightGradient = isFrozen(norm.weight) ? nil : store.gradient(norm.weight)
    biasGradient = isFrozen(norm.bias) ? nil : store.gradient(norm.bias)
    let padded = channels.rounded(toMultipleOf: 16)
    memory = try AlignedBuffer([], padded: padded * (7 + 4 * Workers.groups) + Workers.groups)
    let floats = memory.floats
    scale = floats
    shift = floats + padded
    mean = floats + 2 * padded
    factor = floats + 3 * padded
    slope = floats + 4 * padded
    offset = floats + 5 * padded
    variance = floats + 6 * padded
    partials = floats + 7 * padded
    counts = partials + 4 * Workers.groups * padded
  }

  var byteCount: Int { memory.byteCount }
  /// Whether gradients of the weight or the bias, or through the batch's moments, need the sums.
  var needsSums: Bool { !isFrozen || weightGradient != nil || biasGradient != nil }

  private func partial(_ group: Int) -> UnsafeMutablePointer<Float> {
    partials + group * 4 * channels
  }

  /// Forgets all groups.
  func begin() {
    counts.update(repeating: 0, count: Workers.groups)
    partials.update(repeating: 0, count: 4 * Workers.groups * channels)
  }

  /// Takes in a block of rows of the map.
  func record(_ run: PixelRun, rows: Int, group: Int, _ pass: Pass) {
    let own = partial(group)
    let block = own + 2 * channels
    var request = fovea_channel_moments(
      rows: rows, channels: channels, input: run.pointer, input_stride: run.stride, means: block,
      squares: block + channels)
    pass.kernels.pointee.channel_moments(&request)
    join(into: own, count: counts[group], block, count: Float(rows))
    counts[group] += Float(rows)
  }

  /// Chan's formula for two sets of means and squares.
  private func join(
    into target: UnsafeMutablePointer<Float>, count: Float, _ other: UnsafeMutablePointer<Float>,
    count added: Float
  ) {
    let share = added / (count + added)
    let weight = count * share
    for c in 0..<channels {
      let distance = other[c] - target[c]
      target[c] += distance * share
      target[channels + c] += other[channels + c] + distance * distance * weight
    }
  }

  /// Scale and shift from what was recorded, and the running statistics' step towards it.
  func complete(isTraining: Bool) {
    if isFrozen || !isTraining {
      for c in 0..<channels { (mean[c], variance[c]) = (runningMean[c], runningVariance[c]) }
    } else {
      var count = counts[0]
      for group in 1..<Workers.groups where counts[group] > 0 {
        join(into: partials, count: count, partial(group), count: counts[group])
        count += counts[group]
      }
      let momentum: Float = 0.1
      for c in 0..<channels {
        let squares = partials[channels + c]
        (mean[c], variance[c]) = (partials[c], squares / Float(rows))
        runningMean[c] += momentum * (mean[c] - runningMean[c])
        runningVariance[c] += momentum * (squares / Float(max(1, rows - 1)) - runningVariance[c])
      }
    }
    for c in 0..<channels {
      scale[c] = weight[c] / (variance[c] + epsilon).squareRoot()
      shift[c] = bias[c] - mean[c] * scale[c]
    }
  }

  /// Takes in the gradients of a block: Σ g and Σ g (x − mean).
  func record(_ gradient: fovea_activation_gradient, group: Int, _ pass: Pass) {
    let own = partial(group)
    var request = fovea_activation_gradient_sums(
      of: gradient, means: mean, sums: own, products: own + channels)
    pass.kernels.pointee.activation_gradient_sums(&request)
  }

  /// The gradients of weight and bias, and what the gradient by the map is made with.
  func completeGradient() {
    for group in 1..<Workers.groups {
      let own = partial(group)
      for c in 0..<2 * channels { partials[c] += own[c] }
    }
    let share = 1 / Float(rows)
    for c in 0..<channels {
      let (sum, product) = (partials[c], partials[channels + c])
      let inverse = 1 / (variance[c] + epsilon).squareRoot()
      if let biasGradient { biasGradient[c] += sum }
      if let weightGradient { weightGradient[c] += product * inverse }
      factor[c] = scale[c]
      slope[c] = isFrozen ? 0 : -scale[c] * inverse * inverse * product * share
      offset[c] = isFrozen ? 0 : -scale[c] * sum * share - slope[c] * mean[c]
    }
  }
}
