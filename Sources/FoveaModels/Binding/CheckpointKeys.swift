import FoveaGraph
import FoveaWeights

/// How the tensors of a family's checkpoints differ from those of its graph.
public struct CheckpointKeys: Sendable {
  /// Tensors that the published checkpoints hold and the model does not use; they count as its parameters.
  public var unused: [Parameter] = []
  /// Trained tensors that are needed beside the graphs'.
  public var further: [Parameter] = []
  /// Tensors that are needed beside the graphs' and are not trained.
  public var buffers: [Parameter] = []
  /// Endings of keys of derived buffers, which are computed here and not trusted.
  public var derivedSuffixes: [String] = []
  /// Other publishers' names for the graph's parameters; names that are the graph's own stay.
  public var map = KeyMap()
  /// Tensors of the graph that no checkpoint holds, by path, computed when they are first asked for.
  public var computed: [String: ComputedTensor] = [:]

  /// No differences.
  public init() {}
}

/// A tensor that follows from a seed.
public enum ComputedTensor: Sendable, Hashable {
  /// Random features of Performer: orthogonal rows with the lengths of Gaussian vectors.
  case orthogonalFeatures(seed: UInt64)
}
