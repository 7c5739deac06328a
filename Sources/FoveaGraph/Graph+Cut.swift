/// A graph in two: what frozen parameters make of the image, and what learns from that.
package struct GraphCut: Sendable {
  /// The maps of the whole graph at which it is cut.
  package let maps: [Value]
  /// What follows, whose inputs are these maps in their order.
  package let rest: Graph
}

extension Graph {
  /// This graph cut where parameters that are not frozen begin to count for an output; nil where they count from
  /// the image on, or do not count. O(nodes).
  package func cut(before output: String, whereFrozen isFrozen: (Parameter) -> Bool) -> GraphCut? {
    let isKnown = known(whereFrozen: isFrozen)
    guard let answer = self.output(named: output), !isKnown[answer.index] else { return nil }
    var (needed, cut) = (Set([answer.index]), Set<Value>())
    for index in nodes.indices.reversed() where needed.contains(index) {
      for input in nodes[index].inputs {
        if isKnown[input.index] { cut.insert(input) } else { needed.insert(input.index) }
      }
    }
    let maps = cut.sorted { $0.index < $1.index }
    guard !maps.contains(where: { inputs.map(\.value).contains($0) }) else { return nil }
    var rest = maps.enumerated().map { position, map in
      Node(
        operation: .input(Input(name: "map\(position)", channels: map.channels)), inputs: [],
        path: nodes[map.index].path)
    }
    var places = Dictionary(uniqueKeysWithValues: maps.enumerated().map { ($1.index, $0) })
    func copy(_ value: Value) -> Value { Value(index: places[value.index] ?? 0, channels: value.channels) }
    for index in needed.sorted() {
      var node = nodes[index]
      node.inputs = node.inputs.map(copy)
      places[index] = rest.count
      rest.append(node)
    }
    let result = NamedValue(name: output, value: copy(answer))
    return GraphCut(maps: maps, rest: Graph(nodes: rest, outputs: [result], attentionBlocks: []))
  }

  /// Whether each node depends on the image, and on no parameter that is not frozen.
  private func known(whereFrozen isFrozen: (Parameter) -> Bool) -> [Bool] {
    var (isFixed, seesImage): ([Bool], [Bool]) = ([], [])
    for node in nodes {
      let isInput = if case .input = node.operation { true } else { false }
      isFixed.append(
        node.operation.rules.parameters.allSatisfy(isFrozen) && node.inputs.allSatisfy { isFixed[$0.index] })
      seesImage.append(isInput || node.inputs.contains { seesImage[$0.index] })
    }
    return zip(isFixed, seesImage).map { $0 && $1 }
  }
}
