import FoveaGraph
import FoveaWeights

extension Registry {
  /// What a checkpoint is, told by its tensors' names and shapes.
  public struct Recognition: Sendable {
    /// The config of the variant, with the checkpoint's classes and its publisher's epsilons.
    public var configuration: ModelConfiguration
    /// Who published it: `timm`, or nil for the authors.
    public var publisher: String?
  }

  /// The named variant that a checkpoint is of, whatever its number of classes.
  ///
  /// Throws `ModelError.unrecognised`, which names the nearest variant. Cost: every variant's graph is built.
  public static func recognise(_ checkpoint: Checkpoint) throws(ModelError) -> Recognition {
    try recognise(checkpoint.entries.map { Parameter(path: $0.name, shape: $0.shape) })
  }

  /// The named variant that has these tensors, under their names or without the prefixes of wrappers.
  public static func recognise(_ tensors: [Parameter]) throws(ModelError) -> Recognition {
    let shapes = Dictionary(tensors.map { ($0.path, $0.shape) }) { $1 }
    let namings = TensorNaming.candidates(of: tensors.map(\.path))
    var best: Candidate?
    var nearest: Candidate?
    for variant in allVariants {
      let architecture = try architecture(variant.numbers)
      let wanted = ArchitectureTensors(architecture, architecture.graph())
      for naming in namings where wanted.mayFit(naming) {
        let candidate = Candidate(variant: variant, fit: wanted.fit(naming, shapes: shapes))
        if candidate.fit.rank == 0 { return candidate.adapted }
        if candidate.fit.rank < best?.fit.rank ?? 4 { best = candidate }
        if candidate.fit.shared > nearest?.fit.shared ?? 0 { nearest = candidate }
      }
    }
    if let best { return best.adapted }
    let near = nearest.map { "; nearest is \($0.variant.name): \($0.differences)" } ?? ""
    throw .unrecognised("no known model has these \(tensors.count) tensors\(near)")
  }

  /// A variant's config for a checkpoint: its number of classes, and its publisher's epsilons and rounding.
  ///
  /// Throws `ModelError.unknownModel`. Tensors that do not fit are left for binding to list.
  public static func configuration(
    named name: String, for checkpoint: Checkpoint
  ) throws(ModelError) -> Recognition {
    let variant = try variant(named: name)
    let shapes = Dictionary(checkpoint.entries.map { ($0.name, $0.shape) }) { $1 }
    let architecture = try architecture(variant.numbers)
    let wanted = ArchitectureTensors(architecture, architecture.graph())
    let fits = TensorNaming.candidates(of: checkpoint.entries.map(\.name)).map {
      wanted.fit($0, shapes: shapes)
    }
    let fit = fits.min { ($0.rank, $0.differences) < ($1.rank, $1.differences) }
    guard let fit else { return Recognition(configuration: try configuration(named: name), publisher: nil) }
    return Candidate(variant: variant, fit: fit).adapted
  }
}

extension Registry {
  /// Who published a checkpoint of a variant; nil for the authors.
  static func publisher(of naming: TensorNaming, named name: String) throws(ModelError) -> Publisher? {
    let names = Set(naming.names.map(\.name))
    return try publishers(of: variant(named: name)).first { !names.isDisjoint(with: $0.tensors) }
  }
}

/// A variant beside the tensors of a checkpoint.
private struct Candidate {
  let variant: Variant
  let fit: TensorFit

  /// How many tensors differ, and the first ones.
  var differences: String {
    let first = fit.mismatch.lines.prefix(3).joined(separator: ", ")
    return "\(fit.differences) tensors differ (\(first)\(fit.differences > 3 ? ", …" : ""))"
  }

  var adapted: Registry.Recognition {
    let names = Set(fit.naming.names.map(\.name))
    let publisher = Registry.publishers(of: variant).first { !names.isDisjoint(with: $0.tensors) }
    var numbers = variant.numbers.merging(publisher?.numbers ?? [:])
    if let count = fit.classCount { numbers["num_classes"] = .integer(count) }
    var preprocessing = variant.preprocessing
    if let publisher { preprocessing.rounding = publisher.rounding }
    var configuration = ModelConfiguration(
      name: variant.name, numbers: numbers, preprocessing: preprocessing,
      labelSet: fit.classCount == nil && !fit.isPart ? variant.labelSet : nil,
      logitsUpsampling: variant.logitsUpsampling)
    if let channels = fit.channels { configuration.take(channels: channels) }
    configuration.isBackbone = fit.isPart
    return Registry.Recognition(configuration: configuration, publisher: publisher?.name)
  }
}
