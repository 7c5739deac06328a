import FoveaGraph

/// The models that are known by name.
public enum Registry {
  /// The families, each an `Architecture`.
  static let families: [any Architecture.Type] = [
    FoveaHybrid.self, EfficientViT.self, FLattenPVT.self, FLattenSwin.self, FLattenCSwin.self, MILA.self,
    DeiT.self, EfficientViTSAM.self,
  ]

  static let allVariants: [Variant] = families.flatMap { $0.variants }

  /// The names of all variants, a family after the other.
  public static var names: [String] { allVariants.map(\.name) }

  /// The config of a variant with the published preprocessing.
  ///
  /// Throws `ModelError.unknownModel`, with the nearest names.
  public static func configuration(named name: String) throws(ModelError) -> ModelConfiguration {
    let variant = try variant(named: name)
    return ModelConfiguration(
      name: variant.name, numbers: variant.numbers, preprocessing: variant.preprocessing,
      labelSet: variant.labelSet, logitsUpsampling: variant.logitsUpsampling)
  }

  /// The architecture that numbers describe, recognised by `family`.
  public static func architecture(_ numbers: JSONValue) throws(ModelError) -> any Architecture {
    guard let family = numbers["family"] else { throw .missingKey("fovea.architecture.family") }
    guard let name = family.string else {
      throw .wrongType(key: "fovea.architecture.family", expected: "a string")
    }
    for type in families where type.families.contains(name) { return try type.reading(numbers) }
    throw .unknownFamily(name)
  }

  /// The numbers that configs of these numbers' family may leave out.
  static func defaults(of numbers: JSONValue) -> JSONValue {
    guard let family = numbers["family"]?.string else { return [:] }
    return families.first { $0.families.contains(family) }?.defaults(family: family) ?? [:]
  }

  /// The families that have a head for a task.
  ///
  /// Cost: O(variants), whose numbers are read.
  public static func families(for task: ModelTask) -> [String] {
    var seen = Set<String>()
    return allVariants.compactMap { variant in
      guard let family = variant.numbers["family"]?.string, seen.insert(family).inserted,
        (try? architecture(variant.numbers))?.head(for: task) != nil
      else { return nil }
      return family
    }
  }

  /// Those beside the authors who publish checkpoints of a variant.
  static func publishers(of variant: Variant) -> [Publisher] {
    guard let family = variant.numbers["family"]?.string else { return [] }
    return families.first { $0.families.contains(family) }?.publishers(family: family) ?? []
  }

  /// What is published of a variant, by its name or an alias; nil for a name that is none.
  static func published(named name: String) -> Variant? {
    allVariants.first { $0.name == name || $0.aliases.contains(name) }
  }

  static func variant(named name: String) throws(ModelError) -> Variant {
    guard let variant = published(named: name) else {
      throw .unknownModel(name, nearest: Array(nearest(to: name, among: names).prefix(3)))
    }
    return variant
  }
}
