import FoveaEngine
import FoveaGraph

extension DepthwiseTerm {
  /// The depthwise terms that are added to a block's attention, as one; nil where there is none.
  ///
  /// The block names the first; convolutions of the same values that are added to its output (CSwin's position
  /// encoding beside DWC) belong to it as well. Kernels of several sides are set into the largest.
  init?(
    _ block: AttentionBlock, of graph: Graph, shapes: [Shape], parameters: any ParameterSource
  ) throws {
    let attention = AttendedOperation(graph.nodes[block.attention.index])
    guard let first = block.depthwise, let (value, heads) = attention.values else { return nil }
    var paths = [DepthwisePath(from: value, to: first, in: graph)].compactMap { $0 }
    paths += DepthwisePath.added(to: block.attention, besides: first, from: value, in: graph)
    guard let path = paths.first else { return nil }
    let channels = value.channels
    let side = paths.map(\.convolution.kernel).max() ?? 1
    var kernels = [Float](repeating: 0, count: channels * side * side)
    for path in paths {
      let weights = try parameters.values(of: path.convolution.weight)
      let own = path.convolution.kernel
      let margin = (side - own) / 2
      let stored = channels / path.convolution.repeats
      for channel in 0..<channels {
        for row in 0..<own {
          for column in 0..<own {
            kernels[(channel * side + row + margin) * side + column + margin] +=
              weights[((channel % stored) * own + row) * own + column]
          }
        }
      }
    }
    let grid = shapes[path.input.index]
    let isInterpolated = path.resized != nil
    self.init(
      side: side, kernels: kernels, heads: heads, channels: channels / heads,
      height: grid.height, width: grid.width, leading: path.leading,
      sources: isInterpolated ? shapes[value.index].tokens : nil)
  }
}

extension Graph {
  func node(_ value: Value) -> Node { nodes[value.index] }
}

/// The way from an attention's values to a depthwise convolution of them.
private struct DepthwisePath {
  var convolution: Convolution
  /// The convolution's input.
  var input: Value
  /// Tokens that were cut off before it.
  var leading = 0
  /// The interpolation along the flattened tokens, where there is one.
  var resized: Resize?

  /// Goes back from a map to the values; nil where that map is no depthwise convolution of them.
  init?(from value: Value, to end: Value, in graph: Graph) {
    var place = end
    while case .reshape = graph.node(place).operation { place = graph.node(place).inputs[0] }
    guard case .convolution(let convolution) = graph.node(place).operation, convolution.isDepthwise,
      convolution.stride == 1
    else { return nil }
    self.convolution = convolution
    input = graph.node(place).inputs[0]
    place = input
    while place != value {
      let node = graph.node(place)
      if case .slice(let slice) = node.operation, slice.axis == .width {
        leading += slice.start
      } else if case .resize(let resize) = node.operation {
        resized = resize
      } else if case .reshape = node.operation {
        // the same tokens
      } else {
        return nil
      }
      place = node.inputs[0]
    }
  }

  /// The convolutions of the same values that are added after the first term.
  static func added(to attention: Value, besides first: Value, from value: Value, in graph: Graph) -> [Self] {
    var found: [Self] = []
    var sum = attention
    for (index, node) in graph.nodes.enumerated() {
      guard case .combine(let combination) = node.operation, combination.kind == .add,
        let place = node.inputs.firstIndex(of: sum)
      else { continue }
      let other = node.inputs[1 - place]
      if other != first {
        guard let path = Self(from: value, to: other, in: graph) else { break }
        found.append(path)
      }
      sum = graph.value(at: index, channels: sum.channels)
    }
    return found
  }
}

extension Graph {
  /// The output of a node.
  fileprivate func value(at index: Int, channels: Int) -> Value {
    Value(index: index, channels: channels)
  }
}
