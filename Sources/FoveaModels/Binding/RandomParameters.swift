import FoveaGraph

/// Random weights of a fixed seed, for an architecture without a checkpoint: to time it, or to test it.
///
/// Weights are normal with variance 2 / fan-in (He et al., 2015), so that activations keep their size; scales
/// of norms are near one, running variances between ½ and 1½, everything else is small.
public struct RandomParameters: ParameterSource {
  private let seed: UInt64
  private let computed: [String: ComputedTensor]

  /// Weights of a seed; a parameter's values depend on the seed, its path and its shape alone.
  public init(seed: UInt64 = 0, keys: CheckpointKeys = CheckpointKeys()) {
    self.seed = seed
    computed = keys.computed
  }

  /// The values of a parameter. O(count).
  public func values(of parameter: Parameter) -> [Float] {
    if let tensor = computed[parameter.path] { return tensor.values(shape: parameter.shape) }
    var numbers = RandomNumbers(seed: seed, name: parameter.path)
    let normals = numbers.normals(count: parameter.count)
    let name = parameter.path.split(separator: ".").last ?? ""
    switch (name, parameter.shape.count) {
    case ("running_var", _): return normals.map { 1 + 0.5 * min(1, max(-1, $0)) }
    case ("weight", 1): return normals.map { 1 + 0.1 * $0 }
    case ("weight", _):
      let deviation = (2 / Float(parameter.shape.dropFirst().reduce(1, *))).squareRoot()
      return normals.map { deviation * $0 }
    default: return normals.map { 0.02 * $0 }
    }
  }
}
