import FoveaEngine
import FoveaGraph

/// A type of operation, so that a new one must be drawn before tests compile.
enum OperationKind: CaseIterable {
  case input, constant, convolution, transposedConvolution, batchNorm, layerNorm, activation, combine,
    concatenate
  case slice, reshape, globalAverage, resize, spaceToDepth, pixelShuffle, windowPartition, windowMerge, rotary
  case linearAttention, softmaxAttention, tokenProduct

  init(_ operation: FoveaGraph.Operation) {
    self =
      switch operation {
      case .input: .input
      case .constant: .constant
      case .convolution: .convolution
      case .transposedConvolution: .transposedConvolution
      case .batchNorm: .batchNorm
      case .layerNorm: .layerNorm
      case .activation: .activation
      case .combine: .combine
      case .concatenate: .concatenate
      case .slice: .slice
      case .reshape: .reshape
      case .globalAverage: .globalAverage
      case .resize: .resize
      case .spaceToDepth: .spaceToDepth
      case .pixelShuffle: .pixelShuffle
      case .windowPartition: .windowPartition
      case .windowMerge: .windowMerge
      case .rotary: .rotary
      case .linearAttention: .linearAttention
      case .softmaxAttention: .softmaxAttention
      case .tokenProduct: .tokenProduct
      }
  }
}

/// A random valid graph of any operations over any of its maps: an operand may be an input, a constant, a
/// slice, another grid, a map that is read elsewhere too, or the same map twice.
struct EveryOperationGraph {
  let builder = GraphBuilder()
  private(set) var inputs: [Shape]
  private(set) var outputs: [Value] = []
  private var generator: SeededGenerator
  private var values: [(value: Value, shape: Shape)] = []

  init(seed: Int, operations: Int, inputs count: Int) {
    generator = SeededGenerator(seed: UInt64(seed) &* 0x9e37)
    inputs = []
    let batch = count == 1 ? 1 : pick([1, 2, 3])
    for _ in 0..<count {
      inputs.append(
        Shape(
          batch: batch, height: pick([1, 4, 16, 33, 67]), width: pick([1, 6, 12, 31]),
          channels: pick([4, 8, 12])))
    }
    for (index, shape) in inputs.enumerated() {
      values.append((builder.input("x\(index)", channels: shape.channels), shape))
    }
    for index in 0..<operations { draw(builder.root[index]) }
    outputs = [values[values.count - 1].value] + (0..<3).map { _ in pick(values).value }
  }

  /// The kinds of operations that were drawn.
  var kinds: Set<OperationKind> { Set(builder.graph().nodes.map { OperationKind($0.operation) }) }

  // MARK: Choice

  private mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: choices.indices, using: &generator)]
  }

  /// A map so far, mostly a late one.
  private mutating func any() -> (value: Value, shape: Shape) {
    Bool.random(using: &generator) ? values[values.count - 1] : pick(values)
  }

  /// Another map of a shape, or the map itself.
  private mutating func other(of shape: Shape, channels: Int? = nil, _ scope: Scope) -> Value {
    let wanted = channels ?? shape.channels
    let fitting = values.filter { $0.shape.hasSameGrid(as: shape) && $0.shape.channels >= wanted }
    let found = pick(fitting.isEmpty ? values.filter { $0.shape.hasSameGrid(as: shape) } : fitting)
    if found.shape.channels == wanted { return found.value }
    guard found.shape.channels > wanted else { return scope["other"].linear(found.value, outputs: wanted) }
    return scope.channels(found.value, from: pick([0, found.shape.channels - wanted]), count: wanted)
  }

  private mutating func keep(_ value: Value) {
    guard let shapes = try? builder.graph().shapes(inputs: inputs) else { return }
    values.append((value, shapes[value.index]))
  }

  // MARK: Operations

  private mutating func draw(_ scope: Scope) {
    let (x, shape) = any()
    let channels = shape.channels
    switch pick(OperationKind.allCases) {
    case .input:
      let given = pick(Array(values.prefix(inputs.count)))
      keep(scope.multiply(given.value, given.value))
    case .constant:
      keep(
        scope.add(x, scope.positionTable("table", rows: 3, columns: 2, like: x, pick([.bicubic, .bilinear]))))
    case .convolution: convolve(scope, x, channels)
    case .transposedConvolution:
      guard shape.tokens < 300 else { return }
      keep(scope.transposedConvolution(x, outputs: pick([4, 8]), kernel: pick([2, 3])))
    case .batchNorm: keep(scope.batchNorm(x, epsilon: 0.1))
    case .layerNorm: keep(scope.layerNorm(x, epsilon: 0.1))
    case .activation: keep(scope.activation(x, pick(Activation.allCases.filter { $0 != .identity })))
    case .combine: combine(scope, x, shape)
    case .concatenate: join(scope, x, shape)
    case .slice:
      let count = pick([1, channels / 2, channels])
      keep(scope.channels(x, from: pick([0, channels - count]), count: max(1, count)))
      if shape.width > 2 { keep(scope.tokens(x, from: 1, count: pick([nil, 1]))) }
    case .reshape:
      let sequence = scope.sequence(x)
      keep(sequence)
      keep(scope.grid(scope.activation(sequence, .relu), like: x))
    case .globalAverage: keep(scope.globalAverage(x))
    case .resize: keep(scope.resize(x, like: pick(values).value, pick([.bilinear, .bicubic, .nearest])))
    case .spaceToDepth: if channels <= 12 { keep(scope.spaceToDepth(x)) }
    case .pixelShuffle:
      guard shape.tokens < 600 else { return }
      let factor = pick([1, 2, 3])
      keep(scope.pixelShuffle(scope.linear(x, outputs: 4 * factor * factor), factor: factor))
    case .windowPartition:
      keep(scope.partition(x, WindowSize(height: pick([2, 5]), width: pick([nil, 3])), shift: 1))
    case .windowMerge:
      let window = WindowSize(height: pick([3, 4]), width: pick([nil, 5]))
      keep(scope.merge(scope.partition(x, window, shift: 1), window, shift: 1, like: x))
    case .rotary: keep(scope.rotary(channels.isMultiple(of: 4) ? x : scope.linear(x, outputs: 8)))
    case .linearAttention: attend(scope, x, shape)
    case .softmaxAttention: attendSoftly(scope, x, shape)
    case .tokenProduct:
      let tokens = scope.tokens(scope.sequence(x), from: 0, count: 1)
      keep(scope.tokenProduct(x, tokens: tokens, count: 1))
    }
  }

  private mutating func convolve(_ scope: Scope, _ x: Value, _ channels: Int) {
    let groups = pick([1, channels, 2])
    let outputs = groups == 1 ? pick([4, 8, 20]) : channels
    let y = scope.convolution(
      x, outputs: channels.isMultiple(of: groups) ? outputs : 4, kernel: pick([1, 3, 5]),
      stride: pick([1, 1, 2]),
      groups: channels.isMultiple(of: groups) ? groups : 1, bias: pick([true, false]))
    let normed = pick([true, false]) ? scope["norm"].batchNorm(y, epsilon: 0.1) : y
    keep(pick([true, false]) ? scope.activation(normed, .hardswish) : normed)
  }

  private mutating func combine(_ scope: Scope, _ x: Value, _ shape: Shape) {
    switch pick([0, 1, 2, 3]) {
    case 0: keep(scope.add(x, x))
    case 1: keep(scope.multiply(x, scope.activation(other(of: shape, scope), .sigmoid)))
    case 2: keep(scope.add(x, scope.globalAverage(other(of: shape, scope))))
    default: keep(scope.add(other(of: shape, scope), x))
    }
  }

  private mutating func join(_ scope: Scope, _ x: Value, _ shape: Shape) {
    guard shape.channels < 40 else { return }
    switch pick([0, 1, 2]) {
    case 0: keep(scope.concatenateChannels([x, other(of: shape, scope), x]))
    case 1: keep(scope.concatenateChannels([scope.linear(x, outputs: 4), other(of: shape, scope)]))
    default: keep(scope.concatenateTokens([x, other(of: shape, scope["tokens"]), x]))
    }
  }

  /// Linear attention of any layout: its parts slices, other maps, or one map several times.
  private mutating func attend(_ scope: Scope, _ x: Value, _ shape: Shape) {
    let features: AttentionFeatures = pick([
      .relu, .eluPlusOne, .focused(power: 3, offset: 0.1, scale: scope.parameter("scale", [8])),
      .positiveRandom(scope.parameter("rows.weight", [6, 4])),
    ])
    if pick([true, false, false]) {
      let y = scope["qkv"].linear(x, outputs: 24)
      let parts = pick([
        [y], [y, y], [y, other(of: shape, channels: 12, scope)], [y, scope["pw"].linear(y, outputs: 12)],
      ])
      keep(
        scope.interleavedLinearAttention(
          parts, headDimension: 4, featureMap: pick([.relu, .eluPlusOne]), epsilon: 0.5))
      return
    }
    let query = other(of: shape, channels: 8, scope["q"])
    let source = pick([x, pick(values.filter { $0.shape.batch == shape.batch }).value])
    let key = scope["k"].linear(source, outputs: 8)
    let value = pick([key, scope["v"].linear(source, outputs: 8)])
    let hasNormalizer = pick([true, false])
    let attention = scope.linearAttention(
      query: query, key: key, value: value,
      normaliserQuery: hasNormalizer ? scope.activation(query, .sigmoid) : nil,
      normaliserKey: hasNormalizer ? scope.activation(key, .sigmoid) : nil, headDimension: 4,
      featureMap: features, epsilon: 0.5, averagesKeys: pick([true, false]))
    keep(pick([true, false]) ? scope.add(attention, other(of: shape, channels: 8, scope["sum"])) : attention)
  }

  /// Softmax attention over a map, over another's tokens, or in windows.
  private mutating func attendSoftly(_ scope: Scope, _ x: Value, _ shape: Shape) {
    if pick([true, false]) {
      let window = WindowSize(height: 4, width: 4)
      let parts = scope.split(
        scope["qkv"].linear(scope.partition(x, window, shift: 1), outputs: 24), parts: 3)
      let attention = scope.softmaxAttention(
        query: parts[0], key: parts[1], value: parts[2], heads: 2, scale: 0.5,
        bias: .init(table: scope.parameter("table", [49, 2]), window: 4),
        grid: .windows(of: x, window, shift: 1))
      keep(scope.merge(attention, window, shift: 1, like: x))
    } else if shape.tokens < 150 {
      let source = pick(values.filter { $0.shape.batch == shape.batch && $0.shape.tokens < 150 }).value
      let key = scope["k"].linear(source, outputs: 8)
      keep(
        scope.softmaxAttention(
          query: other(of: shape, channels: 8, scope), key: key,
          value: pick([key, scope["v"].linear(source, outputs: 6)]),
          heads: 2, scale: 0.5))
    }
  }
}

extension Shape {
  func hasSameGrid(as other: Shape) -> Bool {
    (batch, height, width) == (other.batch, other.height, other.width)
  }
}
