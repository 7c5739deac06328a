import Fovea
import Foundation
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Testing

/// A model folder of a family at tiny dimensions, with random weights, to begin a training with.
struct TinyModel: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Where the weights of the layer that gives the classes stand.
  let classes: String
  /// The golden whose config has the numbers.
  let golden: String?
  /// Numbers over those.
  let changes: FoveaModels.JSONValue

  init(_ name: String, classes: String, golden: String? = nil, changes: FoveaModels.JSONValue = [:]) {
    (testDescription, self.classes, self.golden, self.changes) = (name, classes, golden, changes)
  }

  private static let hybrid: FoveaModels.JSONValue = [
    "family": "fovea", "widths": [8, 8, 16, 16, 16], "depths": [1, 1, 1, 1, 1], "num_classes": 10,
  ]

  /// A classifier of every family.
  static let classifiers =
    [
      TinyModel(
        "efficientvit_b", classes: "head.op_list.3.linear", golden: "efficientvit_b_tiny_dims"),
      TinyModel(
        "efficientvit_l", classes: "head.op_list.3.linear", golden: "efficientvit_l_tiny_dims"),
      TinyModel("fovea", classes: "head", changes: hybrid),
    ] + withoutMasks

  /// Those of families that have no segmenter.
  static let withoutMasks = [
    TinyModel("flatten_pvt", classes: "head", golden: "flatten_pvt_tiny_dims"),
    TinyModel("flatten_pvt_v2", classes: "head", golden: "flatten_pvt_v2_tiny_dims"),
    TinyModel("flatten_swin", classes: "head", golden: "flatten_swin_tiny_dims"),
    TinyModel("flatten_cswin", classes: "head", golden: "flatten_cswin_tiny_dims"),
    TinyModel("mila", classes: "head", golden: "mila_tiny_dims"),
    TinyModel("deit", classes: "head", golden: "timm_deit_tiny_dims", changes: ["attention": "focused"]),
    TinyModel(
      "deit of Performer", classes: "head", golden: "timm_deit_tiny_dims",
      changes: ["attention": "performer"]),
  ]

  /// A segmenter of every family that has one.
  static let segmenters = [
    TinyModel(
      "efficientvit_seg_b", classes: "head.output_ops.0.op_list.1.conv",
      golden: "efficientvit_seg_b_tiny_dims"),
    TinyModel(
      "efficientvit_seg_l", classes: "head.output_ops.0.op_list.0.conv",
      golden: "efficientvit_seg_l_tiny_dims"),
    TinyModel(
      "fovea segmenter", classes: "output",
      changes: hybrid.merging([
        "head": ["type": "segmenter", "width": 16, "depth": 1, "upsampling": "bicubic", "upscale": 2]
      ])),
  ]

  /// Writes the folder; weights are float16, which is what a training writes too.
  func write(_ folder: PictureFolder, _ name: String = "start") throws {
    var numbers: FoveaModels.JSONValue = [:]
    if let golden {
      let file = fixtures.appending(path: "goldens/\(golden)/config.json")
      let json = try FoveaModels.JSONValue(parsing: Data(contentsOf: file))
      numbers = try #require(json["architecture"])
    }
    numbers = numbers.merging(changes)
    let isSegmenter = Self.segmenters.contains { $0.classes == classes }
    let configuration = FoveaModels.ModelConfiguration(
      name: testDescription, numbers: numbers,
      preprocessing: PreprocessingConfiguration(height: 64, width: 64),
      logitsUpsampling: isSegmenter ? .bicubic : nil)
    try folder.write(configuration.json.text, "\(name)/config.json")
    let architecture = try configuration.architecture()
    let source = RandomParameters(seed: 5, keys: architecture.keys)
    let parameters = architecture.graph().parameters.filter { architecture.keys.computed[$0.path] == nil }
    let values = Dictionary(uniqueKeysWithValues: parameters.map { ($0.path, source.values(of: $0)) })
    let writer = try SafetensorsWriter(
      parameters.map { TensorEntry(name: $0.path, elementType: .f16, shape: $0.shape) })
    var bytes = Data()
    try writer.write(
      to: { bytes.append(contentsOf: $0) }, values: { values[$0.name] ?? [] })
    try folder.write(bytes, "\(name)/model.safetensors")
  }
}

extension PictureFolder {
  /// The tensors of a model folder, by name.
  func tensors(_ model: String) throws -> [String: [Float]] {
    let checkpoint = try Checkpoint.open(path: path("\(model)/model.safetensors"), as: .safetensors)
    return try Dictionary(
      uniqueKeysWithValues: checkpoint.entries.map { ($0.name, try checkpoint.floats(of: $0.name)) })
  }
}
