import Foundation
import FoveaModels
import FoveaTestSupport
import Testing

@Suite struct Configurations {
  private let tiny: JSONValue = [
    "architecture": "mine", "num_classes": 10,
    "pretrained_cfg": ["input_size": [3, 96, 64], "first_conv": "stem"],
    "fovea": [
      "architecture": [
        "family": "efficientvit_b", "widths": [8, 16, 24, 32, 48], "depths": [1, 1, 2, 1, 2],
        "head_dim": 8, "head_widths": [64, 80],
      ],
      "sponsor": ["name": "nobody"],
    ],
    "license": "none",
  ]

  private func changing(_ change: (inout JSONValue) -> Void) -> JSONValue {
    var numbers = tiny["fovea"]?["architecture"] ?? [:]
    change(&numbers)
    var json = tiny
    json["fovea"]?["architecture"] = numbers
    return json
  }

  private func error(of json: JSONValue) -> ModelError? {
    do throws(ModelError) {
      _ = try ModelConfiguration(json: json).architecture()
      return nil
    } catch {
      return error
    }
  }

  @Test func unknownKeysAreKept() throws {
    let written = try ModelConfiguration(ModelConfiguration(json: tiny).json.text).json
    #expect(written["license"] == "none")
    #expect(written["fovea"]?["sponsor"]?["name"] == "nobody")
    #expect(written["pretrained_cfg"]?["first_conv"] == "stem")
    #expect(written["pretrained_cfg"]?["input_size"] == [3, 96, 64])
    #expect(written["architecture"] == "mine")
  }

  @Test func aLabelSetThatIsTakenAwayDoesNotComeBackWithTheVariantsName() throws {
    var changed = try Registry.configuration(named: "efficientvit_seg_b1_cityscapes")
    #expect(changed.labelSet == "cityscapes" && changed.logitsUpsampling == .bicubic)
    // once as the variant has it, once as a file says it
    for _ in 0..<2 {
      (changed.labelSet, changed.logitsUpsampling) = (nil, nil)
      let read = try ModelConfiguration(changed.json.text)
      #expect(read.name == "efficientvit_seg_b1_cityscapes")
      #expect(read.labelSet == nil && read.logitsUpsampling == nil)
      var json = changed.json
      json["fovea"]?["label_set"] = "cityscapes"
      json["fovea"]?["logits_upsampling"] = "bilinear"
      changed = try ModelConfiguration(json: json)
      #expect(changed.labelSet == "cityscapes" && changed.logitsUpsampling == .bilinear)
    }
    let bare = try ModelConfiguration(json: ["architecture": "efficientvit_seg_b1_cityscapes"])
    #expect(bare.labelSet == "cityscapes" && bare.logitsUpsampling == .bicubic)
  }

  @Test func numbersAndLabelsThatAreTakenAwayAreGone() throws {
    var json = changing { $0["head"] = ["type": "segmenter", "width": 64] }
    json["pretrained_cfg"]?["label_names"] = .array((0..<10).map { .string("\($0)") })
    var changed = try ModelConfiguration(json: json)
    changed.numbers["head"] = ["type": "classifier"]
    changed.labels = []
    let written = changed.json
    #expect(written["fovea"]?["architecture"]?["head"] == ["type": "classifier"])
    #expect(written["pretrained_cfg"]?["label_names"] == nil)
  }

  @Test func numbersThatNoNetworkHasAreRefused() {
    for numbers: JSONValue in [
      [
        "family": "flatten_cswin", "embed_dim": 64, "depth": [1, 1, 1, 1], "num_heads": [2, 4, 8, 16],
        "attn_type": "",
      ],
      [
        "family": "flatten_swin", "embed_dim": 2_305_843_009_213_693_953, "depths": [1, 1, 1, 1],
        "num_heads": [1, 1, 1, 1],
      ],
      ["family": "flatten_swin", "img_size": 32, "patch_size": 64],
      ["family": "flatten_pvt", "img_size": 32, "patch_size": 64],
    ] {
      #expect(
        error(of: ["pretrained_cfg": ["input_size": [3, 224, 224]], "fovea": ["architecture": numbers]])
          != nil)
    }
    var json = tiny
    json["num_classes"] = 10.7
    #expect(error(of: json) == .wrongType(key: "num_classes", expected: "a whole number"))
    json = tiny
    json["pretrained_cfg"]?["input_size"] = [2, 96, 64]
    #expect(error(of: json) != nil)
    json = tiny
    json["pretrained_cfg"]?["label_names"] = ["cat", 7]
    #expect(error(of: json) == .wrongType(key: "pretrained_cfg.label_names", expected: "an array of strings"))
  }

  @Test func aConfigWithoutEpsilonsMeansThePublishedOnes() throws {
    let numbers = try ModelConfiguration(json: tiny).architecture().numbers
    #expect(abs((numbers["attention_eps"]?.number ?? 0) / 1e-15 - 1) < 1e-6)
    #expect(abs((numbers["norm_eps"]?.number ?? 0) / 1e-5 - 1) < 1e-6)
    #expect(numbers["activation"] == "hswish")
    #expect(numbers["num_classes"] == 10)
  }

  @Test func aMissingNumberIsNamedByItsDottedKey() {
    #expect(error(of: changing { $0["widths"] = nil }) == .missingKey("fovea.architecture.widths"))
    #expect(error(of: ["num_classes": 3]) == .missingKey("architecture"))
  }

  @Test func aNumberOfAnotherTypeIsNamedWithTheTypeItShouldHave() {
    #expect(
      error(of: changing { $0["head_dim"] = "eight" })
        == .wrongType(key: "fovea.architecture.head_dim", expected: "a whole number"))
    #expect(
      error(of: changing { $0["depths"] = 7 })
        == .wrongType(key: "fovea.architecture.depths", expected: "an array"))
  }

  @Test func aNumberOutsideItsLimitIsToldWithTheLimit() {
    #expect(
      error(of: changing { $0["depths"] = [1, 1, 2, 1, 1_000_000_000] })
        == .outOfRange(key: "fovea.architecture.depths.4", value: "1000000000", limit: "from 0 to 256"))
    #expect(
      error(of: changing { $0["widths"] = [8, 16, 24, 33, 48] })
        == .outOfRange(key: "fovea.architecture.widths.3", value: "33", limit: "a multiple of 8"))
    #expect(
      error(of: changing { $0["widths"] = [8, 16] })
        == .outOfRange(key: "fovea.architecture.widths", value: "2 numbers", limit: "5 numbers"))
  }

  @Test func preprocessingOutsideItsChoicesIsRefused() {
    var json = tiny
    json["pretrained_cfg"]?["interpolation"] = "lanczos9"
    #expect(
      error(of: json)
        == .outOfRange(
          key: "pretrained_cfg.interpolation", value: "\"lanczos9\"", limit: "one of bilinear, bicubic"))
    json = tiny
    json["pretrained_cfg"]?["std"] = [0, 1, 1]
    #expect(
      error(of: json)
        == .outOfRange(key: "pretrained_cfg.std", value: "0", limit: "from 1e-06 to 1000.0"))
  }

  @Test func asManyLabelsAsClassesAreAskedFor() {
    var json = tiny
    json["pretrained_cfg"]?["label_names"] = ["cat", "dog"]
    #expect(
      error(of: json)
        == .contradiction(
          key: "pretrained_cfg.label_names", value: "2 names", other: "num_classes", otherValue: "10"))
  }

  @Test func aNullMeansTheDefault() throws {
    var json = tiny
    json["pretrained_cfg"]?["crop_mode"] = .null
    #expect(try ModelConfiguration(json: json).preprocessing.cropMode == .center)
  }

  @Test func textThatIsNoJSONIsRefused() {
    #expect(throws: ModelError.self) { try ModelConfiguration(Data("{\"architecture\": ".utf8)) }
    #expect(error(of: [1, 2]) == .wrongType(key: "config.json", expected: "an object"))
  }

  @Test func aMistypedNameIsToldTheNearest() {
    #expect(
      throws: ModelError.unknownModel(
        "efficientvit-b1", nearest: ["efficientvit_b1", "efficientvit_b0", "efficientvit_b2"])
    ) { try Registry.configuration(named: "efficientvit-b1") }
  }

  @Test func theConfigsOfTheBundledModelsAreRead() throws {
    let models = [("fovea_nano_camvid", 11), ("fovea_small_camvid", 11), ("fovea_small_tiny_imagenet", 200)]
    for (name, classes) in models {
      let file = repositoryRoot.appending(path: "models/\(name)/config.json")
      let configuration = try ModelConfiguration(Data(contentsOf: file))
      #expect(name.hasPrefix(configuration.name))
      #expect(configuration.classCount == classes)
      #expect(configuration.labels.count == classes)
      #expect(configuration.preprocessing.interpolation == .bilinear)
      #expect(try configuration.architecture().graph().output(named: "logits")?.channels == classes)
    }
  }
}
