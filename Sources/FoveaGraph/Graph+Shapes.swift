extension Graph {
  /// The shape of every node's output for the shapes of the inputs, in the order of `inputs`.
  ///
  /// Throws a `ShapeError` that names the layer where a map is too small or too large, or two maps do not fit.
  /// Cost: O(nodes), no map is touched.
  public func shapes(inputs given: [Shape]) throws(ShapeError) -> [Shape] {
    precondition(given.count == inputs.count, "the graph has \(inputs.count) inputs, not \(given.count)")
    var remaining = given[...]
    var shapes: [Shape] = []
    shapes.reserveCapacity(nodes.count)
    for node in nodes {
      do throws(ShapeError) {
        if case .input(let input) = node.operation {
          let shape = remaining.removeFirst()
          guard shape.channels == input.channels else {
            throw ShapeError("input \(input.name) has \(input.channels) channels, not \(shape.channels)")
          }
          shapes.append(shape)
        } else {
          shapes.append(try node.operation.rules.outputShape(for: node.inputs.map { shapes[$0.index] }))
        }
        guard shapes[shapes.count - 1].isPossible else {
          throw ShapeError("a map of \(shapes[shapes.count - 1]) is larger than any machine's memory")
        }
      } catch {
        throw ShapeError(path: node.path, error.reason)
      }
    }
    return shapes
  }

  /// The shape of every node's output for an image, (batch, height, width, 3).
  public func shapes(batch: Int = 1, height: Int, width: Int) throws(ShapeError) -> [Shape] {
    try shapes(inputs: [Shape(batch: batch, height: height, width: width, channels: 3)])
  }

  /// Multiply-adds of the convolutions, linear layers and attention products, node by node.
  public func multiplyAdds(shapes: [Shape]) -> [Int] {
    zip(nodes, shapes).map { node, output in
      node.operation.rules.multiplyAdds(inputs: node.inputs.map { shapes[$0.index] }, output: output)
    }
  }

  /// The number of trained numbers: weights and biases, without batch norm's running statistics.
  public var trainedParameterCount: Int {
    parameters.filter { !$0.isStatistic }.map(\.count).reduce(0, +)
  }
}
