import FoveaImage
import FoveaModels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Recipe {
  /// This recipe with what a file says laid over it.
  ///
  /// Throws with status `badData` for a key that is none, or a value of another kind.
  public func reading(_ path: String) throws(FoveaError) -> Recipe {
    let bytes = try FileSystem.bytes(of: path)
    do {
      let given = try JSONValue(parsing: Data(bytes))
      guard case .object(let members) = given else { throw ModelError.invalidJSON("not an object") }
      let known = json
      try Self.check(members, known, path: path, under: "")
      return try JSONDecoder().decode(Recipe.self, from: known.merging(given).text)
    } catch let error as FoveaError {
      throw error
    } catch let error as DecodingError {
      throw FoveaError(path: path, reason: Self.reason(error), hint: Self.hint, status: .badData)
    } catch {
      throw FoveaError(path: path, reason: "not a recipe: \(error)", hint: Self.hint, status: .badData)
    }
  }

  private static let hint = "see the documentation of learning, or the recipe.json of a trained model"

  /// Refuses keys that mean nothing.
  private static func check(
    _ members: [String: JSONValue], _ known: JSONValue, path: String, under parent: String
  ) throws(FoveaError) {
    guard case .object(let keys) = known else { return }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      guard let meant = keys[key] else {
        let near = didYouMean(key, among: keys.keys.sorted())
        throw FoveaError(
          path: path, reason: "has a key \(parent)\(key), which means nothing",
          hint: near.isEmpty ? hint : near,
          status: .badData)
      }
      if case .object(let inner) = value { try check(inner, meant, path: path, under: "\(key).") }
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context),
      .keyNotFound(_, let context):
      let key = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
      return "\(key.joined(separator: ".")) has a value of another kind: \(context.debugDescription)"
    @unknown default: return "not a recipe"
    }
  }

  /// The recipe as a JSON value.
  var json: JSONValue {
    ((try? JSONEncoder().encode(self)).flatMap { try? JSONValue(parsing: $0) }) ?? [:]
  }

  /// Throws with status `usage` for a number outside of a task's limits.
  func validate(for task: ModelTask) throws(FoveaError) {
    try check("epochs", Double(epochs), 1...100_000)
    try check("batch", Double(batch), 1...65_536)
    guard size.count == 2 else { throw outside("size", "\(size)", "[height, width]") }
    for (key, sides) in [("early_size", earlySize), ("answer_size", answerSize)] {
      guard [0, 2].contains(sides.count) else { throw outside(key, "\(sides)", "[height, width], or []") }
      for side in sides { try check(key, Double(side), 8...8192) }
    }
    for side in size { try check("size", Double(side), 8...8192) }
    guard seed <= Int.max else { throw outside("seed", "\(seed)", "at most \(Int.max)") }
    try check("rate", rate, 0...100)
    try check("backbone_rate", backboneRate, 0...100)
    try check("decay", decay, 0...10)
    for (key, value) in [
      ("momentum", momentum), ("square_momentum", squareMomentum), ("warmup", warmup), ("average", average),
      ("label_smoothing", labelSmoothing), ("drop_path", dropPath), ("dropout", dropout),
      ("validation_part", validationPart), ("early_part", earlyPart), ("augment.erase", augment.erase),
    ] { try check(key, value, 0...0.999999) }
    try check("clip", clip, 0...1e9)
    try check("prior_correction", priorCorrection, 0...1)
    try check("dice", dice, 0...1000)
    try check("mixup", mixup, 0...100)
    try check("cutmix", cutmix, 0...100)
    try check("augment.color", augment.color, 0...1)
    try check("augment.operations", Double(augment.operations), 0...10)
    try check("augment.magnitude", augment.magnitude, 0...10)
    try check("save_minutes", saveMinutes, 0...1e6)
    try checkRange("augment.scale", augment.scale, 0.01...(task == .classification ? 1 : 10))
    try checkRange("augment.ratio", augment.ratio, 0.01...100)
  }

  private func check(_ key: String, _ value: Double, _ limit: ClosedRange<Double>) throws(FoveaError) {
    guard limit.contains(value) else {
      throw outside(key, "\(value)", "from \(limit.lowerBound) to \(limit.upperBound)")
    }
  }

  private func checkRange(_ key: String, _ values: [Double], _ limit: ClosedRange<Double>) throws(FoveaError)
  {
    guard values.count == 2, values[0] <= values[1], values.allSatisfy(limit.contains) else {
      throw outside(key, "\(values)", "two growing numbers from \(limit.lowerBound) to \(limit.upperBound)")
    }
  }

  private func outside(_ key: String, _ value: String, _ limit: String) -> FoveaError {
    FoveaError(
      path: "recipe", reason: "\(key) is \(value), should be \(limit)", hint: Self.hint, status: .usage)
  }
}
