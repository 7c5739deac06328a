import FoveaGraph
import FoveaWeights

/// A checkpoint's tensors under a graph's parameter paths.
struct BoundParameters: ParameterSource {
  let checkpoint: Checkpoint
  /// Checkpoint names by parameter path.
  let names: [String: String]
  let computed: [String: ComputedTensor]

  /// The values of a parameter, converted to float32.
  func values(of parameter: Parameter) throws -> [Float] {
    if let tensor = computed[parameter.path] { return tensor.values(shape: parameter.shape) }
    guard let name = names[parameter.path] else { throw WeightsError.noTensor(parameter.path) }
    return try checkpoint.floats(of: name)
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
