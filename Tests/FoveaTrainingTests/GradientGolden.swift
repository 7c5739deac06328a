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
  let tensors: Checkpoint
  /// The input, and the gradient that the logits are given, channels-last.
  let input: FeatureMap, gradient: FeatureMap

  init(_ name: String) throws {
    let folder = fixtures.appending(path: "gradients/\(name)")
    let config = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "config.json")))
    let weights = try Checkpoint.open(path: folder.appending(path: "checkpoint.safetensors").path)
    model = try Model(ModelConfiguration(json: config), weights: weights)
    tensors = try Checkpoint.open(path: folder.appending(path: "gradients.safetensors").path)
    input = try Self.map("x", tensors)
    gradient = try Self.map("g", tensors)
  }

  /// A recorded tensor of (N, C, H, W) or (N, C) as a map.
  static func map(_ name: String, _ tensors: Checkpoint) throws -> FeatureMap {
    let values = try tensors.floats(of: name)
    let shape = (tensors[name]?.shape ?? []) + [1, 1]
    return FeatureMap(
      channelsFirst: values,
      shape: Shape(batch: shape[0], height: shape[2], width: shape[3], channels: shape[1]))
  }

  func network(_ store: ParameterStore, _ options: TrainingOptions = .init()) throws -> TrainingNetwork {
    try TrainingNetwork(
      graph: model.graph, output: "logits", parameters: store, input: input.shape, options: options)
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
      if !(distance <= difference) {
        (self.index, difference, self.values) = (index, distance, (value, wanted))
      }
    }
  }

  var description: String {
    "\(values.0) is not \(values.1) at \(index): apart by \(difference), the largest is \(largest)"
  }
}
