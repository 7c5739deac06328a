/// A feature map in a graph: the output of one of its nodes.
public struct Value: Hashable, Sendable {
  /// The position of the node in the graph, which is also the order of computation.
  public let index: Int
  /// C, known when the graph is built; height and width depend on the input and are inferred.
  public let channels: Int

  package init(index: Int, channels: Int) {
    self.index = index
    self.channels = channels
  }
}

/// One operation of a graph, with the maps it reads.
public struct Node: Sendable {
  /// What is computed.
  public var operation: Operation
  /// The maps it reads, all before this node.
  public var inputs: [Value]
  /// The dotted path of the layer that it belongs to, for messages, profiles and plans.
  public var path: String
}
