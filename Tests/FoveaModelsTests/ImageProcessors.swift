import Foundation
import FoveaModels
import Testing

/// preprocessor_config.json in the forms that transformers writes, old and new.
@Suite struct ImageProcessors {
  private static let normal: JSONValue = [
    "do_normalize": true, "do_rescale": true, "do_resize": true, "rescale_factor": 0.00392156862745098,
    "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.25, 0.5], "resample": 3,
  ]

  private func read(_ processor: JSONValue, config: JSONValue = [:]) throws -> PreprocessingConfiguration {
    let base: JSONValue = ["architecture": "efficientvit_b0", "num_classes": 3]
    return try ModelConfiguration(
      json: base.merging(config), processor: Self.normal.merging(processor)
    ).preprocessing
  }

  /// A processor; the input's side, the side before the crop, and whether proportions are kept.
  static let forms: [(JSONValue, Int, Int, PreprocessingConfiguration.CropMode)] = [
    (
      ["image_processor_type": "ViTImageProcessor", "size": ["height": 384, "width": 384]], 384, 384, .squash
    ),
    (["feature_extractor_type": "ViTFeatureExtractor", "size": 224, "do_rescale": .null], 224, 224, .squash),
    (
      ["image_processor_type": "ViTImageProcessorFast", "size": ["height": 224, "width": 224]], 224, 224,
      .squash
    ),
    (
      [
        "image_processor_type": "DeiTImageProcessor", "size": ["height": 256, "width": 256],
        "do_center_crop": true, "crop_size": ["height": 224, "width": 224],
      ], 224, 256, .squash
    ),
    (
      [
        "image_processor_type": "BitImageProcessor", "size": ["shortest_edge": 256], "do_center_crop": true,
        "crop_size": ["height": 224, "width": 224], "do_convert_rgb": true,
      ], 224, 256, .center
    ),
    (
      [
        "feature_extractor_type": "CLIPFeatureExtractor", "size": 232, "do_center_crop": true,
        "crop_size": 224,
      ], 224, 232, .center
    ),
    (
      ["image_processor_type": "ConvNextImageProcessor", "size": ["shortest_edge": 224], "crop_pct": 0.875],
      224, 256, .center
    ),
    (
      ["image_processor_type": "ConvNextImageProcessor", "size": ["shortest_edge": 224], "crop_pct": 0.95],
      224, 235, .center
    ),
    (
      ["image_processor_type": "ConvNextImageProcessor", "size": ["shortest_edge": 384], "crop_pct": 0.875],
      384, 384, .squash
    ),
    (["size": ["height": 224, "width": 224]], 224, 224, .squash),
  ]

  @Test(arguments: forms.indices)
  func theFormIsReadAsTransformersRunsIt(index: Int) throws {
    let (json, side, resized, mode) = Self.forms[index]
    let said = try read(json)
    #expect((said.height, said.width) == (side, side))
    #expect(Int(Double(side) / said.cropFraction) == resized)
    #expect(said.cropMode == mode && said.rounding == .floor && said.cropOffset == .down)
    #expect(said.interpolation == .bicubic)
    #expect(said.mean == [0.5, 0.4, 0.3] && said.standardDeviation == [0.2, 0.25, 0.5])
  }

  @Test func everySideBeforeTheCropComesBackExactly() throws {
    for crop in [160, 192, 224, 256, 288, 384] {
      for side in crop...(crop + 150) {
        let said = try read([
          "image_processor_type": "BitImageProcessor", "size": ["shortest_edge": .integer(side)],
          "do_center_crop": true, "crop_size": ["height": .integer(crop), "width": .integer(crop)],
        ])
        #expect(Int((Double(crop) / said.cropFraction).rounded(.down)) == side, "\(crop) of \(side)")
      }
    }
  }

  @Test func pillowsNumberTellsTheFilter() throws {
    let size: JSONValue = ["size": ["height": 224, "width": 224]]
    #expect(try read(size.merging(["resample": 2])).interpolation == .bilinear)
    for number in [0, 1, 4, 5] {
      #expect(throws: ModelError.self) { try read(size.merging(["resample": .integer(number)])) }
    }
  }

  @Test func anotherRescalingIsFoldedIntoMeanAndDeviation() throws {
    let size: JSONValue = ["size": ["height": 224, "width": 224]]
    // (x / 127.5 - 0.5) / 0.25 is (x / 255 - 0.25) / 0.125
    let half = try read(
      size.merging(["rescale_factor": .number(1 / 127.5), "image_mean": [0.5, 0.5, 0.5], "image_std": 0.25]))
    #expect(half.mean == [0.25, 0.25, 0.25] && half.standardDeviation == [0.125, 0.125, 0.125])
    let plain = try read(size.merging(["do_normalize": false]))
    #expect(plain.mean == [0, 0, 0] && plain.standardDeviation == [1, 1, 1])
    // (x - 127.5) / 51 is (x / 255 - 0.5) / 0.2
    let bytes = try read(
      size.merging(["do_rescale": false, "image_mean": [127.5, 127.5, 127.5], "image_std": [51, 51, 51]]))
    #expect(bytes.mean.allSatisfy { abs($0 - 0.5) < 1e-6 })
    #expect(bytes.standardDeviation.allSatisfy { abs($0 - 0.2) < 1e-6 })
  }

  @Test(
    arguments: [
      ["image_processor_type": "LevitImageProcessor", "size": ["shortest_edge": 224]],
      ["do_flip_channel_order": true, "size": 224], ["do_pad": true, "size": 224],
      ["do_resize": false, "size": 224],
      ["rescale_offset": true, "size": 224], ["size": ["longest_edge": 224]], [:],
      ["size": 224, "resample": .null],
      ["size": 224, "image_mean": .null], ["size": 224, "do_center_crop": "yes"],
      ["image_processor_type": "BitImageProcessor", "size": ["shortest_edge": 224], "do_center_crop": false],
    ] as [JSONValue])
  func whatCannotBeHonouredIsAnErrorOfThisFile(json: JSONValue) {
    let error = #expect(throws: ModelError.self) { try read(json) }
    #expect(error?.description.contains("preprocessor_config.json") == true, "\(String(describing: error))")
  }

  @Test func aProcessorBesideTimmsKeysMustAgreeWithThem() throws {
    let bit: JSONValue = [
      "image_processor_type": "BitImageProcessor", "size": ["shortest_edge": 235], "do_center_crop": true,
      "crop_size": ["height": 224, "width": 224],
    ]
    let same: JSONValue = [
      "input_size": [3, 224, 224], "crop_pct": 0.95, "crop_mode": "center", "interpolation": "bicubic",
      "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.5],
    ]
    let said = try read(bit, config: ["pretrained_cfg": same])
    #expect(said.cropFraction == 0.95 && said.cropOffset == .even)
    for (key, value, other) in [
      ("input_size", [3, 256, 256], "crop_size"), ("crop_pct", 0.875, "crop_size"),
      ("crop_mode", "squash", "crop_size"), ("interpolation", "bilinear", "resample"),
      ("mean", [0.1, 0.1, 0.1], "image_mean"), ("std", [0.1, 0.1, 0.1], "image_std"),
    ] as [(String, JSONValue, String)] {
      let pretrained = same.merging(.object([key: value]))
      let error = #expect(throws: ModelError.self) { try read(bit, config: ["pretrained_cfg": pretrained]) }
      guard case .contradiction(let one, _, let two, _)? = error, one == "pretrained_cfg.\(key)",
        two == "preprocessor_config.json.\(other)"
      else {
        Issue.record("\(key): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func timmsWrapperKeepsTimmsKeys() throws {
    let said = try ModelConfiguration(
      json: ["architecture": "efficientvit_b0", "num_classes": 3],
      processor: [
        "image_processor_type": "TimmWrapperImageProcessor", "architecture": "efficientvit_b0",
        "pretrained_cfg": ["input_size": [3, 256, 256], "crop_pct": 1.0, "mean": [0.5, 0.5, 0.5]],
      ]
    ).preprocessing
    #expect(said.height == 256 && said.cropFraction == 1 && said.mean == [0.5, 0.5, 0.5])
  }
}
