import FoveaGraph
import FoveaWeights

/// A checkpoint's tensors under a graph's parameter paths.
public struct BoundParameters: ParameterSource {
  private let checkpoint: Checkpoint
  /// Checkpoint names by parameter path.
  private let names: [String: String]
  private let computed: [String: ComputedTensor]

  /// Binds every parameter of graphs to a tensor of a checkpoint.
  ///
  /// Derived buffers (`num_batches_tracked` and what the family names) are ignored: they are computed here.
  /// Throws `ModelError.tensors` with every missing, unexpected and misshapen tensor, and `.weights` where two
  /// names become one. Cost: O(tensors); no values are read.
  public init(
    _ checkpoint: Checkpoint, to graphs: [Graph], keys: CheckpointKeys = CheckpointKeys()
  ) throws(ModelError) {
    self.checkpoint = checkpoint
    computed = keys.computed
    do {
      names = try keys.map.parameterNames(of: checkpoint.entries.map(\.name).filter { !keys.isDerived($0) })
    } catch {
      throw .weights(error)
    }
    let mismatch = Self.mismatch(checkpoint, names, graphs, keys)
    guard mismatch.isEmpty else { throw .tensors(mismatch) }
  }

  /// The values of a parameter, converted to float32.
  public func values(of parameter: Parameter) throws -> [Float] {
    if let tensor = computed[parameter.path] { return tensor.values(shape: parameter.shape) }
    guard let name = names[parameter.path] else { throw WeightsError.noTensor(parameter.path) }
    return try checkpoint.floats(of: name)
  }

  private static func mismatch(
    _ checkpoint: Checkpoint, _ names: [String: String], _ graphs: [Graph], _ keys: CheckpointKeys
  ) -> TensorMismatch {
    var mismatch = TensorMismatch()
    var known = Set<String>()
    let needed = keys.needed(by: graphs)
    for parameter in needed + keys.unused {
      known.insert(parameter.path)
      guard let name = names[parameter.path], let entry = checkpoint[name] else { continue }
      if entry.shape != parameter.shape {
        mismatch.misshapen.append(
          .init(path: parameter.path, expected: parameter.shape, actual: entry.shape))
      }
    }
    mismatch.missing = needed.filter { names[$0.path] == nil }
    mismatch.unexpected = names.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
      .map { Parameter(path: $0.value, shape: checkpoint[$0.value]?.shape ?? []) }
    return mismatch
  }
}

extension CheckpointKeys {
  /// The tensors that a checkpoint must hold, once each.
  public func needed(by graphs: [Graph]) -> [Parameter] {
    var seen = Set(computed.keys)
    return (graphs.flatMap(\.parameters) + further + buffers).filter { seen.insert($0.path).inserted }
  }

  /// True for a tensor of a checkpoint that is computed here and not read.
  public func isDerived(_ name: String) -> Bool {
    name.hasSuffix("num_batches_tracked") || derivedSuffixes.contains { name.hasSuffix($0) }
  }
}
