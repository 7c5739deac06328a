import Foundation
import FoveaModels
import Testing

/// Configs as timm and Hugging Face write them, and the same facts stated twice.
@Suite struct PublishedFolders {
  /// What timm 1.0's `save_for_hf` writes of a model with three classes.
  private let timm: JSONValue = [
    "architecture": "efficientvit_b0", "num_classes": 3, "num_features": 128, "global_pool": "avg",
    "model_args": ["num_classes": 3, "in_chans": 3, "global_pool": "avg"],
    "pretrained_cfg": [
      "tag": "r224_in1k", "custom_load": false, "input_size": [3, 224, 224], "fixed_input_size": false,
      "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center", "mean": [0.485, 0.456, 0.406],
      "std": [0.229, 0.224, 0.225], "num_classes": 3, "pool_size": [7, 7], "first_conv": "stem.in_conv.conv",
      "classifier": "head.classifier.4", "license": "apache-2.0",
    ],
  ]

  private let names: JSONValue = ["cat", "dog", "bird"]

  private func with(_ changes: JSONValue) -> JSONValue { timm.merging(changes) }

  private func read(_ changes: JSONValue, processor: JSONValue? = nil) throws -> ModelConfiguration {
    try ModelConfiguration(json: with(changes), processor: processor)
  }

  private func error(_ changes: JSONValue, processor: JSONValue? = nil) -> ModelError? {
    do throws(ModelError) {
      _ = try ModelConfiguration(json: with(changes), processor: processor)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["label_names", "labels", "id2label", "label2id"], [false, true])
  func theNamesAreFoundUnderEveryKey(key: String, isInside: Bool) throws {
    let byNumber: JSONValue = ["2": "bird", "0": "cat", "1": "dog"]
    let byName: JSONValue = ["bird": 2, "cat": 0, "dog": "1"]
    let value = key == "id2label" ? byNumber : key == "label2id" ? byName : names
    let stated: JSONValue = .object([key: value])
    let configuration = try read(isInside ? ["pretrained_cfg": stated] : stated)
    #expect(configuration.labels == ["cat", "dog", "bird"])
    #expect(configuration.classCount == 3 && configuration.labelSet == nil)
    let again = try ModelConfiguration(configuration.json.text)
    #expect(again.labels == configuration.labels && again.preprocessing == configuration.preprocessing)
  }

  @Test func withoutNamesThereAreNoneAndTheVariantsSetIsNotTaken() throws {
    let configuration = try read([:])
    #expect(configuration.labels.isEmpty && configuration.labelSet == nil)
    let whole = try ModelConfiguration(json: ["architecture": "efficientvit_b0", "num_classes": 1000])
    #expect(whole.labelSet == "imagenet1k")
    #expect(!whole.statesLabelSet)
  }

  @Test func aDescribedSynsetIsShownAsItsDescription() throws {
    let synsets: JSONValue = ["n01440764", "n01443537", "n01484850"]
    let texts: JSONValue = ["n01440764": "tench, Tinca tinca", "n01484850": "great white shark"]
    let configuration = try read(["label_names": synsets, "label_descriptions": texts])
    #expect(configuration.labels == ["tench, Tinca tinca", "n01443537", "great white shark"])
    #expect(configuration.labelNames == ["n01440764", "n01443537", "n01484850"])
    let again = try ModelConfiguration(configuration.json.text)
    #expect(again.labels == configuration.labels && again.labelNames == configuration.labelNames)
    // the same classes under another key, as Hugging Face's wrapper writes them
    let both: JSONValue = ["0": "tench, Tinca tinca", "1": "n01443537", "2": "great white shark"]
    #expect(
      try read(["label_names": synsets, "label_descriptions": texts, "id2label": both]).labels
        == configuration.labels)
    let inside: JSONValue = ["label_names": synsets, "label_descriptions": texts]
    #expect(try read(["pretrained_cfg": inside]).labels == configuration.labels)
    #expect(error(["label_descriptions": texts]) != nil)
    #expect(
      try read(["label_names": synsets, "label_descriptions": names]).labels == ["cat", "dog", "bird"])
  }

  @Test func elevenClassesComeInTheOrderOfTheirNumbersNotOfTheirDigits() throws {
    let members = (0..<11).map { ("\($0)", JSONValue.string("class \($0)")) }
    let configuration = try ModelConfiguration(json: [
      "architecture": "efficientvit_b0", "num_classes": 11,
      "id2label": .object(Dictionary(uniqueKeysWithValues: members)),
    ])
    #expect(configuration.labels == (0..<11).map { "class \($0)" })
  }

  @Test(
    arguments: [
      ["0": "cat", "2": "dog", "3": "bird"], ["0": "cat", "00": "dog", "1": "bird"],
      ["zero": "cat", "1": "dog", "2": "bird"], ["-1": "cat", "0": "dog", "1": "bird"],
      ["0": "cat", "1": 7, "2": "b"],
    ] as [JSONValue])
  func numbersWithAGapOrTwiceOrNoneAreRefused(numbers: JSONValue) {
    let found = error(["id2label": numbers])
    #expect(found?.description.contains("id2label") == true, "\(String(describing: found))")
  }

  @Test func oneKeyThatStandsTwiceIsRefused() {
    let text = #"{"architecture": "efficientvit_b0", "id2label": {"0": "cat", "1": "dog", "0": "bird"}}"#
    #expect(throws: ModelError.outOfRange(key: "id2label.0", value: "there twice", limit: "there once")) {
      try ModelConfiguration(Data(text.utf8))
    }
    #expect(throws: ModelError.outOfRange(key: "num_classes", value: "there twice", limit: "there once")) {
      try ModelConfiguration(
        Data(#"{"architecture": "efficientvit_b0", "num_classes": 3, "num_classes": 4}"#.utf8))
    }
  }

  @Test func aByteOrderMarkBeforeTheConfigIsSkipped() throws {
    let configuration = try ModelConfiguration(Data([0xEF, 0xBB, 0xBF]) + with(["labels": names]).text)
    #expect(configuration.labels == ["cat", "dog", "bird"])
  }

  /// A change of the config, and the two keys that then say different things.
  static let contradictions: [(JSONValue, String, String)] = [
    (["num_classes": 4], "num_classes", "pretrained_cfg.num_classes"),
    (["model_args": ["num_classes": 4]], "num_classes", "model_args.num_classes"),
    (["num_labels": 2], "num_classes", "num_labels"),
    (
      ["fovea": ["architecture": ["family": "efficientvit_b", "num_classes": 5]]], "num_classes",
      "fovea.architecture.num_classes"
    ),
    (["label_names": ["a", "b"]], "label_names", "num_classes"),
    (["label_names": []], "label_names", "num_classes"),
    (["id2label": ["0": "a", "1": "b", "2": "c", "3": "d"]], "id2label", "num_classes"),
    (
      ["label_names": ["a", "b", "c"], "pretrained_cfg": ["label_names": ["a", "c", "b"]]], "label_names",
      "pretrained_cfg.label_names"
    ),
    (["label_names": ["a", "b", "c"], "labels": ["a", "b", "d"]], "label_names", "labels"),
    (
      ["label_names": ["a", "b", "c"], "id2label": ["0": "a", "1": "c", "2": "b"]], "label_names", "id2label"
    ),
    (
      ["id2label": ["0": "a", "1": "b", "2": "c"], "label2id": ["a": 0, "b": 2, "c": 1]], "id2label",
      "label2id"
    ),
    (
      ["id2label": ["0": "a", "1": "b", "2": "c"], "label2id": ["a": 0, "b": 1, "x": 2]], "id2label",
      "label2id"
    ),
    (
      ["label_names": ["a", "b", "c"], "label_descriptions": ["x", "y"]], "label_names", "label_descriptions"
    ),
    (
      ["label_descriptions": ["a": "x"], "pretrained_cfg": ["label_descriptions": ["a": "y"]]],
      "label_descriptions", "pretrained_cfg.label_descriptions"
    ),
    (["mean": [0.5, 0.5, 0.5]], "pretrained_cfg.mean", "mean"),
    (["std": [0.5, 0.5, 0.5]], "pretrained_cfg.std", "std"),
    (["input_size": [3, 256, 256]], "pretrained_cfg.input_size", "input_size"),
    (["input_size": [1, 224, 224]], "pretrained_cfg.input_size", "input_size"),
    (["model_args": ["in_chans": 1]], "pretrained_cfg.input_size", "model_args.in_chans"),
    (["image_size": 192], "pretrained_cfg.input_size", "image_size"),
    (["num_channels": 1], "pretrained_cfg.input_size", "num_channels"),
    (["crop_pct": 0.875], "pretrained_cfg.crop_pct", "crop_pct"),
    (["crop_mode": "squash"], "pretrained_cfg.crop_mode", "crop_mode"),
    (["interpolation": "bilinear"], "pretrained_cfg.interpolation", "interpolation"),
    (["global_pool": "avg", "model_args": ["global_pool": "max"]], "global_pool", "model_args.global_pool"),
    (["model_type": "convnext"], "architecture", "model_type"),
    (["architectures": ["ResNetForImageClassification"]], "architecture", "architectures"),
    (["pretrained_cfg": ["architecture": "efficientvit_b1"]], "architecture", "pretrained_cfg.architecture"),
  ]

  @Test(arguments: contradictions.indices)
  func sourcesThatDisagreeAreRefusedWithBothKeys(index: Int) {
    let (changes, one, other) = Self.contradictions[index]
    guard case .contradiction(let first, _, let second, _)? = error(changes), first == one, second == other
    else {
      Issue.record("\(changes): expected \(one) and \(other), got \(String(describing: error(changes)))")
      return
    }
  }

  @Test(
    arguments: [
      ["model_type": "timm_wrapper", "architectures": ["TimmWrapperForImageClassification"]],
      ["model_type": "efficientvit"], ["pretrained_cfg": ["architecture": "efficientvit_b0"]],
      [
        "mean": [0.485, 0.456, 0.406], "input_size": [3, 224, 224], "crop_pct": 0.95,
        "image_size": [224, 224],
      ],
      ["labels": ["LABEL_0", "LABEL_1", "LABEL_2"], "label_names": ["a", "b", "c"]],
      ["label_names": .null, "pretrained_cfg": ["mean": .null]], ["num_labels": 3],
      ["model_args": ["drop_path_rate": 0.1, "img_size": .null]],
    ] as [JSONValue])
  func sourcesThatAgreeAreRead(changes: JSONValue) throws {
    let configuration = try read(changes)
    #expect(configuration.classCount == 3)
    #expect(configuration.preprocessing.mean == [0.485, 0.456, 0.406])
  }

  @Test func anArgumentOfTimmThatChangesTheNetworkIsRefused() {
    #expect(
      error(["model_args": ["act_layer": "gelu"]])?.description.contains("model_args.act_layer") == true)
    #expect(error(["model_args": ["global_pool": "max"], "global_pool": "max"]) != nil)
  }

  @Test func timmsPoolingOfDeiTIsHonoured() throws {
    let configuration = try ModelConfiguration(json: [
      "architecture": "deit_tiny_patch16_224", "num_classes": 4, "global_pool": "avg",
      "model_args": ["img_size": [224, 224]],
    ])
    #expect(configuration.numbers["global_pool"] == "avg")
    #expect(try configuration.architecture().graph().parameters.contains { $0.path == "fc_norm.weight" })
  }

  @Test func theOldFlatFormCountsAtTheRoot() throws {
    let configuration = try ModelConfiguration(json: [
      "architecture": "efficientvit_b0", "num_classes": 3, "num_features": 128, "labels": names,
      "input_size": [3, 192, 160], "crop_pct": 0.9, "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5],
      "std": [0.25, 0.25, 0.25], "first_conv": "stem.in_conv.conv", "classifier": "head.classifier.4",
    ])
    let said = configuration.preprocessing
    #expect(configuration.labels == ["cat", "dog", "bird"])
    #expect((said.height, said.width) == (192, 160))
    #expect(said.interpolation == .bilinear && said.cropFraction == 0.9 && said.rounding == .floor)
    #expect(said.mean == [0.5, 0.5, 0.5] && said.standardDeviation == [0.25, 0.25, 0.25])
    #expect(try ModelConfiguration(configuration.json.text).preprocessing == said)
  }

  @Test func aTagBehindTheArchitectureIsTheWeights() throws {
    #expect(try read(["architecture": "efficientvit_b0.r224_in1k"]).name == "efficientvit_b0")
    #expect(throws: ModelError.self) {
      try ModelConfiguration(json: ["architecture": "efficientvit_b0.r288_in1k"])
    }
  }

  @Test func aModelWithoutClassesIsABackboneAndStaysOne() throws {
    let none: JSONValue = ["num_classes": 0]
    let configuration = try read(["num_classes": 0, "model_args": none, "pretrained_cfg": none])
    #expect(configuration.isBackbone && configuration.classCount == nil && configuration.labelSet == nil)
    #expect(configuration.json["num_classes"] == 0)
    #expect(try ModelConfiguration(configuration.json.text).isBackbone)
  }

  @Test(arguments: [1, 4])
  func otherChannelsAreReadWithANumberForAllOrOneForEach(channels: Int) throws {
    let size: JSONValue = ["input_size": [.integer(channels), 64, 64], "mean": [0.449], "std": [0.226]]
    let arguments: JSONValue = ["in_chans": .integer(channels)]
    let one = try read(["pretrained_cfg": size, "model_args": arguments])
    #expect(one.preprocessing.channels == channels)
    #expect(one.preprocessing.mean == [Float](repeating: 0.449, count: channels))
    #expect(try ModelConfiguration(one.json.text).preprocessing == one.preprocessing)
    // three numbers that are not of these channels give their mean, as timm has it
    let three: JSONValue = ["input_size": [.integer(channels), 64, 64]]
    let spread = try read(["pretrained_cfg": three, "model_args": arguments]).preprocessing
    #expect(spread.mean.allSatisfy { abs($0 - 0.449) < 1e-6 } && spread.mean.count == channels)
  }
}
