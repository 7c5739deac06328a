// Graphs that are parts or variants of another.
extension Graph {
  /// This graph without what only other outputs need. O(nodes).
  package func keeping(outputs isKept: (String) -> Bool) -> Graph {
    let kept = outputs.filter { isKept($0.name) }
    var needed = Set(kept.map(\.value.index))
    for index in nodes.indices.reversed() where needed.contains(index) {
      needed.formUnion(nodes[index].inputs.map(\.index))
    }
    var places: [Int: Int] = [:]
    for index in needed.sorted() { places[index] = places.count }
    func moved(_ value: Value) -> Value { Value(index: places[value.index] ?? 0, channels: value.channels) }
    return Graph(
      nodes: needed.sorted().map { index in
        var node = nodes[index]
        node.inputs = node.inputs.map(moved)
        return node
      },
      outputs: kept.map { NamedValue(name: $0.name, value: moved($0.value)) },
      attentionBlocks: attentionBlocks.filter { needed.contains($0.attention.index) }.map { block in
        AttentionBlock(
          path: block.path, attention: moved(block.attention), depthwise: block.depthwise.map(moved),
          grid: block.grid.moved(moved))
      })
  }

  /// The paths of the parameters that outputs need.
  package func parameters(for isAsked: (String) -> Bool) -> Set<String> {
    Set(keeping(outputs: isAsked).parameters.map(\.path))
  }

  /// The weights of the convolutions that read the image `x`; nil where something else reads it too.
  package var stems: [Parameter]? {
    guard let image = inputs.first(where: { $0.name == "x" })?.value.index else { return nil }
    var weights: [Parameter] = []
    for node in nodes where node.inputs.contains(where: { $0.index == image }) {
      guard case .convolution(let layer) = node.operation, layer.groups == 1 else { return nil }
      weights.append(layer.weight)
    }
    return weights
  }

  /// The same network over an image `x` of another number of channels; nil where it has no such form.
  package func taking(channels: Int) -> Graph? {
    guard let image = inputs.first(where: { $0.name == "x" })?.value, stems != nil else { return nil }
    guard image.channels != channels else { return self }
    let changed = nodes.enumerated().map { index, node in
      var node = node
      if index == image.index { node.operation = .input(Input(name: "x", channels: channels)) }
      guard case .convolution(var layer) = node.operation, node.inputs.contains(image) else { return node }
      layer.weight.shape[1] = channels
      layer.inputChannels = channels
      node.operation = .convolution(layer)
      node.inputs = node.inputs.map { $0 == image ? Value(index: $0.index, channels: channels) : $0 }
      return node
    }
    return Graph(nodes: changed, outputs: outputs, attentionBlocks: attentionBlocks)
  }
}

extension AttentionBlock.Grid {
  fileprivate func moved(_ move: (Value) -> Value) -> Self {
    switch self {
    case .whole: .whole
    case .windows(let map, let size, let shift): .windows(of: move(map), size, shift: shift)
    case .sequence(let map, let tokens): .sequence(of: move(map), leadingTokens: tokens)
    }
  }
}
