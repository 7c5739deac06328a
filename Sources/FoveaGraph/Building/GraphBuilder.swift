/// Collects the operations of a graph while a model is written down; used through `Scope`.
public final class GraphBuilder {
  private var nodes: [Node] = []
  private var outputs: [Graph.NamedValue] = []
  private var attentionBlocks: [AttentionBlock] = []

  /// An empty graph.
  public init() {}

  /// The scope of the checkpoint's root.
  public var root: Scope { Scope(builder: self, path: "") }

  /// A map given by the caller, `x` for the image.
  public func input(_ name: String = "x", channels: Int = 3) -> Value {
    append(.input(Input(name: name, channels: channels)), [], path: name, channels: channels)
  }

  /// Names a map, for those who ask for stages and results.
  public func name(_ value: Value, _ name: String) {
    precondition(!outputs.contains { $0.name == name }, "two maps are named \(name)")
    outputs.append(Graph.NamedValue(name: name, value: value))
  }

  /// The finished graph.
  public func graph() -> Graph {
    Graph(nodes: nodes, outputs: outputs, attentionBlocks: attentionBlocks)
  }

  func append(_ operation: Operation, _ inputs: [Value], path: String, channels: Int) -> Value {
    nodes.append(Node(operation: operation, inputs: inputs, path: path))
    return Value(index: nodes.count - 1, channels: channels)
  }

  func record(_ block: AttentionBlock) {
    attentionBlocks.append(block)
  }
}

/// A place in a checkpoint's dotted names, from which layers ask for their parameters.
///
/// `scope["attention"]["qkv"].linear(x, outputs: 288)` reads `attention.qkv.weight` and `…bias`.
public struct Scope {
  let builder: GraphBuilder
  /// The dotted path, empty at the root.
  public let path: String

  /// The place below, by name.
  public subscript(name: String) -> Scope {
    Scope(builder: builder, path: path.isEmpty ? name : "\(path).\(name)")
  }

  /// The place below, by number.
  public subscript(index: Int) -> Scope { self["\(index)"] }

  /// A parameter of this place.
  public func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    Parameter(path: self[name].path, shape: shape)
  }

  /// Appends an operation of this place.
  public func append(_ operation: Operation, _ inputs: [Value], channels: Int) -> Value {
    builder.append(operation, inputs, path: path, channels: channels)
  }
}
