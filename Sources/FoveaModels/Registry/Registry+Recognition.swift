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

  /// The named variant that has these tensors.
  public static func recognise(_ tensors: [Parameter]) throws(ModelError) -> Recognition {
    var nearest: Candidate?
    for variant in allVariants {
      let candidate = try Candidate(variant, tensors)
      if let recognition = candidate.recognition { return recognition }
      if candidate.sharedNames > nearest?.sharedNames ?? 0 { nearest = candidate }
    }
    let near = nearest.map { "; nearest is \($0.variant.name), \($0.differences) tensors differ" } ?? ""
    throw .unrecognised("no known model has these \(tensors.count) tensors\(near)")
  }

  /// A variant's config for a checkpoint: its number of classes, and its publisher's epsilons and rounding.
  ///
  /// Throws `ModelError.unknownModel`. Tensors that do not fit are left for binding to list.
  public static func configuration(
    named name: String, for checkpoint: Checkpoint
  ) throws(ModelError) -> Recognition {
    let tensors = checkpoint.entries.map { Parameter(path: $0.name, shape: $0.shape) }
    return try Candidate(variant(named: name), tensors).adapted
  }
}

extension Registry {
  /// Who published a checkpoint of a variant; nil for the authors.
  static func publisher(of checkpoint: Checkpoint, named name: String) throws(ModelError) -> Publisher? {
    try publishers(of: variant(named: name)).first { checkpoint[$0.tensor] != nil }
  }
}

/// A variant beside the tensors of a checkpoint.
private struct Candidate {
  let variant: Variant
  let publisher: Publisher?
  /// Tensors that are missing, unexpected, or of a shape that no number of classes explains.
  let differences: Int
  /// The part of all names that both have.
  let sharedNames: Double
  /// The number of classes of the checkpoint, where it is another than the variant's.
  let classCount: Int?

  init(_ variant: Variant, _ tensors: [Parameter]) throws(ModelError) {
    let architecture = try Registry.architecture(variant.numbers)
    let keys = architecture.keys
    let known = tensors.filter { !keys.isDerived($0.path) }
    let shapes = Dictionary(known.compactMap { tensor in keys.map(tensor.path).map { ($0, tensor.shape) } }) {
      $1
    }
    let needed = keys.needed(by: [architecture.graph()] + architecture.furtherGraphs.values)
    let present = needed.filter { shapes[$0.path] != nil }
    let misshapen = present.filter { shapes[$0.path] != $0.shape }
    let unused = keys.unused.filter { shapes[$0.path] != nil }.count
    let classes = Self.classes(misshapen, shapes, trained: variant.numbers["num_classes"]?.integer)
    self.variant = variant
    classCount = classes
    differences =
      needed.count - present.count + (shapes.count - present.count - unused)
      + (classes == nil ? misshapen.count : 0)
    sharedNames = Double(present.count) / Double(needed.count + shapes.count - present.count)
    let names = Set(tensors.map(\.path))
    publisher = Registry.publishers(of: variant).first { names.contains($0.tensor) }
  }

  /// Another number of classes, if it explains every shape that differs.
  private static func classes(
    _ misshapen: [Parameter], _ shapes: [String: [Int]], trained: Int?
  ) -> Int? {
    guard let count = misshapen.first.flatMap({ shapes[$0.path]?.first }), let trained else { return nil }
    let isExplained = misshapen.allSatisfy { parameter in
      parameter.shape.first == trained && shapes[parameter.path] == [count] + parameter.shape.dropFirst()
    }
    return isExplained ? count : nil
  }

  var recognition: Registry.Recognition? { differences == 0 ? adapted : nil }

  var adapted: Registry.Recognition {
    var numbers = variant.numbers.merging(publisher?.numbers ?? [:])
    if let classCount { numbers["num_classes"] = .integer(classCount) }
    var preprocessing = variant.preprocessing
    if let publisher { preprocessing.rounding = publisher.rounding }
    let configuration = ModelConfiguration(
      name: variant.name, numbers: numbers, preprocessing: preprocessing,
      labelSet: classCount == nil ? variant.labelSet : nil, logitsUpsampling: variant.logitsUpsampling)
    return Registry.Recognition(configuration: configuration, publisher: publisher?.name)
  }
}
