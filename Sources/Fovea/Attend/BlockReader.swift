import FoveaEngine
import FoveaGraph

/// Reads a block of a graph: which of its values are needed, and what they make.
package struct BlockReader: Sendable {
  let graph: Graph
  let parameters: any ParameterSource
  let block: AttentionBlock
  let operation: AttendedOperation
  private let raw: RawInputs

  /// A reader of a block of a graph.
  package init(_ block: AttentionBlock, of graph: Graph, parameters: any ParameterSource) {
    self.graph = graph
    self.parameters = parameters
    self.block = block
    operation = AttendedOperation(graph.nodes[block.attention.index])
    raw = RawInputs(operation, graph)
  }

  /// The values that a run must give: q, k and, where they are others, the normaliser's and those before φ.
  package var values: [Value] {
    var seen = Set<Value>()
    return (operation.tokens + raw.values).filter { seen.insert($0).inserted }
  }

  /// The attention of an image of a size, from the maps of `values`; `threads` nil takes one a processor.
  ///
  /// Throws what the parameter source throws, and a `ShapeError` for an input that does not fit.
  package func attention(
    _ maps: [FeatureMap], height: Int, width: Int, threads: Int? = nil
  ) throws -> BlockAttention {
    let shapes = try graph.shapes(height: height, width: width)
    let given = Dictionary(uniqueKeysWithValues: zip(values, maps))
    let (queries, keys) = layouts(shapes)
    let depthwise = try DepthwiseTerm(block, of: graph, shapes: shapes, parameters: parameters)
    func made(
      _ kernel: String, _ factors: AttentionFactors, _ compared: ComparedInputs, isSigned: Bool
    ) -> BlockAttention {
      BlockAttention(
        path: block.path, kernel: kernel, height: queries.height, width: queries.width,
        keyHeight: keys.height, keyWidth: keys.width, leadingTokens: queries.leading,
        window: window(shapes), factors: factors, depthwise: depthwise, isSigned: isSigned,
        queryLayout: queries, keyLayout: keys, compared: compared)
    }
    let hasNegative = depthwise?.kernels.contains { $0 < 0 } ?? false
    let inputs = operation.tokens.compactMap { given[$0] }
    let compared = try raw.inputs(given, parameters: parameters)
    switch operation {
    case .linear(let attention, _):
      let phi = try Phi(attention.featureMap, parameters: parameters)
      // q, k and the normaliser's: without the values, which the weights do not depend on.
      let maps =
        attention.layout == .separate ? [inputs[0], inputs[1], inputs[1]] + inputs.dropFirst(2) : inputs
      let factors = AttentionFactors(
        linear: AttentionInputs(attention, maps: maps), phi: phi, epsilon: attention.epsilon,
        averagesKeys: attention.averagesKeys)
      return made(
        raw.isRotated ? "rotary elu+1" : attention.featureMap.name, factors, compared,
        isSigned: hasNegative || attention.featureMap == .identity)
    case .softmax(let attention, _):
      let addends = try SoftmaxAddends(attention, layout: keys, parameters: parameters)
      let factors = AttentionFactors(
        softmax: AttentionInputs(attention, maps: inputs), scale: attention.scale, addends: addends,
        threads: threads)
      return made("softmax", factors, compared, isSigned: hasNegative)
    }
  }

  /// Where the slots of queries and keys lie.
  private func layouts(_ shapes: [Shape]) -> (queries: TokenLayout, keys: TokenLayout) {
    switch block.grid {
    case .whole:
      let tokens = operation.tokens
      let (query, key) = (shapes[tokens[0].index], shapes[tokens[1 % tokens.count].index])
      return (
        TokenLayout(height: query.height, width: query.width),
        TokenLayout(height: key.height, width: key.width)
      )
    case .windows(let map, let size, let shift):
      let layout = TokenLayout(windows: size, shift: shift, on: shapes[map.index])
      return (layout, layout)
    case .sequence(let map, let leading):
      let shape = shapes[map.index]
      let layout = TokenLayout(height: shape.height, width: shape.width, leading: leading)
      return (layout, layout)
    }
  }

  private func window(_ shapes: [Shape]) -> (height: Int, width: Int, shift: Int)? {
    guard case .windows(let map, let size, let shift) = block.grid else { return nil }
    let (height, width) = size.resolved(on: shapes[map.index])
    return (height, width, shift)
  }
}

extension AttentionFeatures {
  /// The name of φ in outputs.
  var name: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .eluPlusOne: "elu+1"
    case .focused(let power, _, _): "focused-" + (power == power.rounded() ? "\(Int(power))" : "\(power)")
    case .positiveRandom: "performer"
    }
  }
}
