import Foundation
import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import FoveaTraining
import FoveaWeights

/// PyTorch's gradients of a whole model of tiny dimensions, in training mode.
struct GradientGolden: Sendable {
  let model: Model
  /// Every parameter's gradient and every statistic after the step, by the graph's parameters.
  let gradients: any ParameterSource
  let step: Checkpoint
  /// The input, and the gradient that the logits are given, channels-last.
  let input: FeatureMap, gradient: FeatureMap

  init(_ name: String) throws {
    let folder = fixtures.appending(path: "gradients/\(name)")
    let config = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "config.json")))
    let golden = fixtures.appending(path: "goldens/\(name)")
    let files = [
      folder.appending(path: "checkpoint.safetensors"), golden.appending(path: "checkpoint.safetensors"),
      golden.appending(path: "checkpoint.pth"),
    ].map(\.path)
    let file = files.first { FileManager.default.fileExists(atPath: $0) } ?? files[0]
    model = try Model(ModelConfiguration(json: config), weights: Checkpoint.open(path: file))
    let gradients = try Checkpoint.open(path: folder.appending(path: "gradients.safetensors").path)
    self.gradients = try Model(ModelConfiguration(json: config), weights: gradients).parameters
    step = try Checkpoint.open(path: folder.appending(path: "step.safetensors").path)
    input = try Self.map("x", step)
    gradient = try Self.map("g", step)
  }

  /// A recorded tensor of (N, C, H, W) or (N, C) as a map.
  static func map(_ name: String, _ tensors: Checkpoint) throws -> FeatureMap {
    let values = try tensors.floats(of: name)
    let shape = (tensors[name]?.shape ?? []) + [1, 1]
    return FeatureMap(
      channelsFirst: values,
      shape: Shape(batch: shape[0], height: shape[2], width: shape[3], channels: shape[1]))
  }

  /// Whether a parameter follows from a seed and is not trained.
  func isComputed(_ parameter: Parameter) -> Bool {
    model.architecture.keys.computed[parameter.path] != nil
  }

  func network(_ store: ParameterStore, _ options: TrainingOptions = .init()) throws -> TrainingNetwork {
    try TrainingNetwork(
      graph: model.graph, output: "logits", parameters: store, inputs: [input.shape], options: options)
  }

  func store() throws -> ParameterStore { try ParameterStore(graph: model.graph, values: model.parameters) }
}

extension TrainingNetwork {
  /// The logits of a map.
  func logits(_ input: FeatureMap, step: Int = 0, isTraining: Bool = true) -> FeatureMap {
    let values = input.values.withUnsafeBufferPointer {
      Array(forward($0, step: step, isTraining: isTraining))
    }
    return FeatureMap(shape: outputShape, values: values)
  }

  /// The gradients for a gradient of the logits.
  func propagate(_ gradient: FeatureMap) {
    gradient.values.withUnsafeBufferPointer { backward($0) }
  }
}

/// The worst element of a tensor beside what it should be.
struct Distance: CustomStringConvertible {
  var index = 0
  var difference: Double = 0
  var largest: Double = 0
  var values: (Float, Float) = (0, 0)

  init(_ values: [Float], _ expected: [Float]) {
    precondition(values.count == expected.count, "\(values.count) values beside \(expected.count)")
    for (index, (value, wanted)) in zip(values, expected).enumerated() {
      largest = max(largest, Double(abs(wanted)))
      let distance = abs(Double(value) - Double(wanted))
      let counted = distance.isNaN ? .infinity : distance
      if counted > difference { (self.index, difference, self.values) = (index, counted, (value, wanted)) }
    }
  }

  var description: String {
    "\(values.0) is not \(values.1) at \(index): apart by \(difference), the largest is \(largest)"
  }
}

/// How far two vectors point the same way.
struct Agreement {
  var cosine: Double
  /// The first's norm by the second's.
  var ratio: Double

  init(_ values: [Float], _ expected: [Float]) {
    let product = { (a: [Float], b: [Float]) in zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    let (own, others) = (product(values, values), product(expected, expected))
    cosine = product(values, expected) / (own * others).squareRoot()
    ratio = (own / others).squareRoot()
  }
}
