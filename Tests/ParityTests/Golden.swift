import Foundation
import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import FoveaWeights

/// A recorded run of published code: a model, an input, and what its stages and logits were.
struct Golden: Sendable {
  var model: Model
  var tensors: Checkpoint
  /// The shapes of the stages, by name, from the golden's own config.
  var stages: [String]

  init(_ name: String) throws {
    let folder = fixtures.appending(path: "goldens/\(name)")
    let config = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "config.json")))
    tensors = try Checkpoint.open(path: folder.appending(path: "golden.safetensors").path)
    if let trained = config["model"]?.string {
      model = try Model(folder: repositoryRoot.appending(path: "models/\(trained)").path)
    } else {
      let files = ["checkpoint.pth", "checkpoint.safetensors"].map { folder.appending(path: $0).path }
      let file = files.first { FileManager.default.fileExists(atPath: $0) } ?? files[0]
      model = try Model(ModelConfiguration(json: config), weights: Checkpoint.open(path: file))
    }
    if case .object(let stages)? = config["stages"] {
      self.stages = stages.keys.sorted()
    } else {
      stages = []
    }
  }

  /// The input `x`, channels-last.
  func input() throws -> FeatureMap { try map("x") }

  /// A recorded tensor as a map: (N, C, H, W), (N, tokens, C) or (N, classes).
  func map(_ name: String) throws -> FeatureMap {
    let values = try tensors.floats(of: name)
    let shape = tensors[name]?.shape ?? []
    switch shape.count {
    case 4:
      return FeatureMap(
        channelsFirst: values,
        shape: Shape(batch: shape[0], height: shape[2], width: shape[3], channels: shape[1]))
    case 3:
      return FeatureMap(
        shape: Shape(batch: shape[0], height: 1, width: shape[1], channels: shape[2]), values: values)
    default:
      return FeatureMap(
        shape: Shape(batch: shape[0], height: 1, width: 1, channels: shape[1]), values: values)
    }
  }

  /// The stages and the logits: the graph's value and the recorded map.
  func outputs() throws -> [(name: String, value: Value, recorded: FeatureMap)] {
    try (stages.map { ($0, $0) } + [("logits", tensors["y"] == nil ? "logits" : "y")]).map { name, recorded in
      guard let value = model.graph.output(named: name) else { throw MissingOutput(name: name) }
      return (name, value, try map(recorded))
    }
  }

  struct MissingOutput: Error { var name: String }
}

/// How far a map is from the recorded one: the worst element, and the largest magnitude.
struct Deviation: CustomStringConvertible {
  var index = 0
  var difference: Float = 0
  var largest: Float = 0
  /// The sum of the differences' squares, and of the recorded elements'.
  var (squares, norm) = (0.0, 0.0)
  var isComparable: Bool

  init(_ map: FeatureMap, from recorded: FeatureMap) {
    isComparable =
      map.values.count == recorded.values.count && map.shape.channels == recorded.shape.channels
    guard isComparable else { return }
    for (index, (value, expected)) in zip(map.values, recorded.values).enumerated() {
      largest = max(largest, abs(expected))
      squares += Double(value - expected) * Double(value - expected)
      norm += Double(expected) * Double(expected)
      let distance = abs(value - expected)
      let counted = distance.isNaN ? .infinity : distance
      if counted > difference { (self.index, difference) = (index, counted) }
    }
  }

  /// In float32 true where every element is within a ten-thousandth of the largest magnitude. In bfloat16, whose
  /// elements are rounded by up to 2⁻⁹ after every layer, true where the whole map is off by less than 0.16 of its
  /// norm: by as much PyTorch's own stages of timm_efficientvit_b_tiny, which amplifies most, are off in bfloat16.
  func isWithinParity(at precision: Precision) -> Bool {
    guard isComparable else { return false }
    return precision == .float32
      ? difference <= 1e-4 * largest : squares <= 0.16 * 0.16 * norm
  }

  var isWithinParity: Bool { isWithinParity(at: .float32) }

  var description: String {
    isComparable
      ? "differs by \(difference) at \(index), largest magnitude \(largest), by \((squares / norm).squareRoot()) of the norm"
      : "has another shape"
  }
}
