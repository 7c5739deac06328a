import FoveaEngine
import FoveaGraph

/// A random valid graph of about 20 operations over one input, the same for a seed.
struct RandomGraph {
  let builder = GraphBuilder()
  private(set) var input: Shape
  private(set) var outputs: [Value] = []
  private var generator: SeededGenerator
  private var values: [(value: Value, shape: Shape)] = []

  init(seed: Int, operations: Int = 20) {
    generator = SeededGenerator(seed: UInt64(seed))
    input = Shape(height: 1, width: 1, channels: 4)
    input = Shape(
      batch: pick([1, 1, 2, 3]), height: pick([1, 5, 16, 33, 67]), width: pick([1, 7, 12, 31, 45]),
      channels: pick([4, 8, 12]))
    values.append((builder.input(channels: input.channels), input))
    for index in 0..<operations { grow(builder.root[index]) }
    outputs = [values[values.count - 1].value] + (0..<3).map { _ in pick(values).value }
  }

  private mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: choices.indices, using: &generator)]
  }

  /// Appends one operation, or a few that belong together, to a map of those so far, mostly the last.
  private mutating func grow(_ scope: Scope) {
    let (x, shape) = Bool.random(using: &generator) ? values[values.count - 1] : pick(values)
    let channels = x.channels
    let outputs = pick([4, 8, 12, 20])
    switch Int.random(in: 0..<20, using: &generator) {
    case 0, 1:
      keep(scope.convolution(x, outputs: outputs, kernel: pick([1, 3, 5]), stride: pick([1, 1, 2])))
    case 2, 3:
      let y = scope["conv"].convolution(x, outputs: outputs, kernel: pick([1, 1, 3]))
      keep(
        scope.activation(
          scope["norm"].batchNorm(y, epsilon: 0.1), pick([.relu, .hardswish, .gelu, .identity])))
    case 4:
      keep(
        scope.convolution(
          x, outputs: channels, kernel: pick([3, 5]), stride: pick([1, 2]), groups: channels))
    case 5: keep(scope.layerNorm(x, epsilon: 0.1))
    case 6: keep(scope.activation(x, pick([.silu, .relu6, .gelu, .eluPlusOne])))
    case 7, 8:
      let others = values.filter { $0.shape == shape }
      keep(scope.add(scope.linear(x, outputs: channels), pick(others).value))
    case 9:
      let gate = scope["gate"].linear(scope.globalAverage(x), outputs: channels)
      keep(scope.multiply(x, scope.activation(gate, .sigmoid)))
    case 10:
      let others = values.filter {
        ($0.shape.batch, $0.shape.height, $0.shape.width) == (shape.batch, shape.height, shape.width)
      }
      guard channels < 40 else { return }
      keep(scope.concatenateChannels([x, pick(others).value]))
    case 11:
      let half = channels / 2
      keep(scope.channels(x, from: pick([0, half]), count: half))
    case 12: keep(scope.resize(x, like: pick(values).value, pick([.bilinear, .bicubic, .nearest])))
    case 13:
      if channels <= 12 { keep(scope.spaceToDepth(x)) } else { keep(scope.linear(x, outputs: 4)) }
    case 14: attend(scope, x, shape)
    case 15:
      let y = scope["qkv"].convolution(x, outputs: 24)
      let z = scope["scale"].convolution(y, outputs: 24, kernel: 3, groups: 24)
      keep(scope.interleavedLinearAttention([y, z], headDimension: 4, featureMap: .relu, epsilon: 0.5))
    case 16:
      let window = WindowSize(height: pick([3, 4]), width: pick([nil, 5]))
      let windows = scope.linear(scope.partition(x, window, shift: 1), outputs: outputs)
      keep(scope.merge(windows, window, shift: 1, like: x))
    case 17: keep(scope.grid(scope.linear(scope.sequence(x), outputs: outputs), like: x))
    case 18: keep(scope.convolution(x, outputs: 2 * channels, kernel: pick([1, 3]), groups: pick([1, 2])))
    default:
      if shape.tokens < 300 {
        keep(scope.transposedConvolution(x, outputs: 4, kernel: 2))
      } else {
        keep(scope.linear(x, outputs: 8))
      }
    }
  }

  /// Attention over separate heads of 4, linear or softmax, with its depthwise term.
  private mutating func attend(_ scope: Scope, _ x: Value, _ shape: Shape) {
    let parts = scope.split(scope["qkv"].linear(x, outputs: 24), parts: 3)
    if shape.tokens < 150 && Bool.random(using: &generator) {
      keep(scope.softmaxAttention(query: parts[0], key: parts[1], value: parts[2], heads: 2, scale: 0.5))
    } else {
      keep(
        scope.linearAttention(
          query: parts[0], key: parts[1], value: parts[2], headDimension: 4, featureMap: .eluPlusOne,
          epsilon: 0.1, averagesKeys: true,
          depthwise: scope["dwc"].sharedDepthwise(parts[2], kernel: 3, repeats: 2)))
    }
  }

  /// Takes a new value, and those of its own operations before it, for later ones to read.
  private mutating func keep(_ value: Value) {
    guard let shapes = try? builder.graph().shapes(inputs: [input]) else { return }
    values.append((value, shapes[value.index]))
  }
}
