import Foundation
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Testing

/// The tiny goldens' tensors under other names, in parts, with others beside them.
@Suite struct WrappedCheckpoints {
  private struct Golden {
    let configuration: ModelConfiguration
    let checkpoint: Checkpoint

    init(_ name: String) throws {
      let folder = fixtures.appending(path: "goldens/\(name)")
      configuration = try ModelConfiguration(Data(contentsOf: folder.appending(path: "config.json")))
      let file = ["checkpoint.pth", "checkpoint.safetensors"].map { folder.appending(path: $0).path }
        .first { FileManager.default.fileExists(atPath: $0) }
      checkpoint = try Checkpoint.open(path: #require(file))
    }

    /// A model of the tensors that `rename` gives a name, and of zeros beside them.
    func model(
      beside: [String: [Int]] = [:], _ rename: (String) -> String?
    ) throws -> Model {
      try Model(configuration, weights: file(beside: beside, rename))
    }

    func file(beside: [String: [Int]] = [:], _ rename: (String) -> String?) throws -> Checkpoint {
      var tensors: [String: (shape: [Int], values: [Float])] = [:]
      for entry in checkpoint.entries {
        if let name = rename(entry.name) {
          tensors[name] = (entry.shape, try checkpoint.floats(of: entry.name))
        }
      }
      for (name, shape) in beside {
        tensors[name] = (shape, [Float](repeating: 0, count: shape.reduce(1, *)))
      }
      return try made(tensors)
    }

    /// Every parameter of a model equals the golden's tensor of the same name.
    func expectValues(_ model: Model) throws {
      for parameter in model.graph.parameters where checkpoint[parameter.path] != nil {
        #expect(try model.parameters.values(of: parameter) == checkpoint.floats(of: parameter.path))
      }
    }
  }

  @Test(arguments: [
    "module.", "_orig_mod.", "model.", "timm_model.", "backbone.", "encoder.", "module._orig_mod.",
    "_orig_mod.module.", "model.timm_model.", "module.model.backbone.", "model._orig_mod.module.encoder.",
    "encoder.backbone.model.module.", "backbone.backbone.",
  ])
  func prefixesInAnyOrderComeOffAndAreSaid(prefix: String) throws {
    for name in ["efficientvit_b_tiny_dims", "mila_tiny_dims", "flatten_swin_tiny_dims"] {
      let golden = try Golden(name)
      let model = try golden.model { prefix + $0 }
      try golden.expectValues(model)
      #expect(model.graph.output(named: "logits") != nil)
      #expect(model.notes.contains { $0.contains(prefix) }, "\(model.notes)")
    }
  }

  @Test func namesThatAreTheModelsOwnStayAndNothingIsSaid() throws {
    let golden = try Golden("efficientvit_b_tiny_dims")
    #expect(golden.checkpoint.entries.contains { $0.name.hasPrefix("backbone.") })
    let model = try golden.model { $0 }
    try golden.expectValues(model)
    #expect(model.notes.isEmpty)
  }

  @Test func aWrapperOfAPartInsideNamesComesOut() throws {
    let golden = try Golden("mila_tiny_dims")
    let model = try golden.model { name in
      name.hasPrefix("layers.")
        ? name.replacing("layers.", with: "layers._orig_mod.", maxReplacements: 1) : name
    }
    try golden.expectValues(model)
    #expect(model.notes.contains { $0.contains("_orig_mod") }, "\(model.notes)")
  }

  @Test func tensorsBesideThePrefixAreLeftOutAndCounted() throws {
    let golden = try Golden("mila_tiny_dims")
    let beside = ["n_averaged": [1], "criterion.weight": [10], "ema.x": [2]]
    let model = try golden.model(beside: beside) { "model." + $0 }
    try golden.expectValues(model)
    #expect(
      model.notes.contains { $0.hasPrefix("left out 3 tensors beside them (first: ") }, "\(model.notes)")
  }

  @Test func ofTwoThatFitTheFirstOfTheRuleIsTakenAndTheOtherSaid() throws {
    let golden = try Golden("mila_tiny_dims")
    var beside: [String: [Int]] = [:]
    for entry in golden.checkpoint.entries { beside["encoder." + entry.name] = entry.shape }
    let model = try golden.model(beside: beside) { "model." + $0 }
    try golden.expectValues(model)
    #expect(model.notes.contains("took the tensors under model."), "\(model.notes)")
    #expect(model.notes.contains { $0.hasPrefix("left out \(beside.count) tensors") })
  }

  @Test func aDataParallelCheckpointIsReadByItsOwnNames() throws {
    // what nn.DataParallel writes, as a file of PyTorch
    let file = fixtures.appending(path: "checkpoints/data_parallel.pt").path
    let names = try Checkpoint.open(path: file).entries.map(\.name)
    #expect(names.allSatisfy { $0.hasPrefix("module.") })
  }

  @Test func aTensorOfAsManyElementsInAnotherShapeDoesNotFit() throws {
    let golden = try Golden("efficientvit_b_tiny_dims")
    let name = "head.op_list.3.linear.weight"  // [10, 80]
    for shape in [[80, 10], [800], [10, 80, 1]] {
      let error = #expect(throws: ModelError.self) {
        try golden.model(beside: [name: shape]) { $0 == name ? nil : $0 }
      }
      guard case .tensors(let mismatch)? = error else { return }
      #expect(mismatch.misshapen.map(\.path) == [name])
    }
  }

  // MARK: Backbones

  @Test(arguments: [
    ("efficientvit_b_tiny_dims", "head."), ("efficientvit_l_tiny_dims", "head."), ("mila_tiny_dims", "head."),
    ("flatten_pvt_tiny_dims", "head."), ("flatten_pvt_v2_tiny_dims", "head."),
    ("flatten_swin_tiny_dims", "head."),
    ("flatten_cswin_tiny_dims", "head."), ("efficientvit_seg_b_tiny_dims", "head."),
    ("timm_deit_tiny_dims", "head."),
  ])
  func withoutTheLastLayerTheStagesAreLeft(name: String, head: String) throws {
    let golden = try Golden(name)
    let whole = try golden.model { $0 }
    let model = try golden.model { $0.hasPrefix(head) ? nil : $0 }
    #expect(model.configuration.isBackbone && model.configuration.classCount == nil)
    #expect(model.graph.outputs.map(\.name) == whole.graph.outputs.map(\.name).filter { $0 != "logits" })
    #expect(!model.graph.parameters.contains { $0.path.hasPrefix(head) })
    #expect(model.graph.attentionBlocks.map(\.path) == whole.graph.attentionBlocks.map(\.path))
    try golden.expectValues(model)
    #expect(model.notes.contains { $0.contains("no last layer") })
  }

  @Test func aBackboneThatWasSavedAloneIsPutInItsPlace() throws {
    let golden = try Golden("efficientvit_b_tiny_dims")
    let model = try golden.model { $0.hasPrefix("backbone.") ? String($0.dropFirst(9)) : nil }
    #expect(model.configuration.isBackbone)
    try golden.expectValues(model)
    #expect(model.notes.contains("put backbone. before every name"), "\(model.notes)")
  }

  @Test func aHeadThatLacksOneOfItsTensorsIsDamageAndNoBackbone() throws {
    let golden = try Golden("mila_tiny_dims")
    let error = #expect(throws: ModelError.self) { try golden.model { $0 == "head.bias" ? nil : $0 } }
    guard case .tensors(let mismatch)? = error else { return }
    #expect(mismatch.missing.map(\.path) == ["head.bias"])
  }

  @Test func noClassesAndAHeadContradictEachOther() throws {
    let golden = try Golden("mila_tiny_dims")
    var json = golden.configuration.json
    json["num_classes"] = 0
    let error = #expect(throws: ModelError.self) {
      try Model(ModelConfiguration(json: json), weights: golden.checkpoint)
    }
    guard case .contradiction("num_classes", "0", "the weights", _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  // MARK: Classes and channels

  @Test func theWeightsTellTheClassesWhereTheConfigDoesNotAndContradictItWhereItDoes() throws {
    let golden = try Golden("mila_tiny_dims")
    let numbers = try #require(golden.configuration.json["fovea"]?["architecture"])
    var silent = numbers
    silent["num_classes"] = nil
    let config: JSONValue = ["architecture": "mine", "fovea": ["architecture": silent]]
    let model = try Model(ModelConfiguration(json: config), weights: golden.checkpoint)
    #expect(model.configuration.classCount == 10)
    #expect(model.notes.contains("10 classes, as the weights have"))
    var wrong = config
    wrong["num_classes"] = 7
    let error = #expect(throws: ModelError.self) {
      try Model(ModelConfiguration(json: wrong), weights: golden.checkpoint)
    }
    guard case .contradiction("num_classes", "7", _, "of 10 classes")? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let labelled = config.merging(["label_names": ["a", "b"]])
    #expect(throws: ModelError.self) {
      try Model(ModelConfiguration(json: labelled), weights: golden.checkpoint)
    }
  }

  @Test(arguments: [1, 4])
  func theStemTellsTheChannels(channels: Int) throws {
    let golden = try Golden("efficientvit_b_tiny_dims")
    let stem = "backbone.input_stem.op_list.0.conv.weight"
    let shape = try #require(golden.checkpoint[stem]?.shape)
    let file = try golden.file(beside: [stem: [shape[0], channels, shape[2], shape[3]]]) { $0 }
    var json = golden.configuration.json
    json["pretrained_cfg"] = nil
    let model = try Model(ModelConfiguration(json: json), weights: file)
    #expect(model.graph.inputs.map(\.value.channels) == [channels])
    #expect(model.configuration.preprocessing.channels == channels)
    #expect(model.notes.contains { $0.contains(channels == 1 ? "grey" : "RGBA") }, "\(model.notes)")
    json["pretrained_cfg"] = ["input_size": [3, 64, 64]]
    let error = #expect(throws: ModelError.self) { try Model(ModelConfiguration(json: json), weights: file) }
    guard case .contradiction("pretrained_cfg.input_size", "3 channels", _, let told)? = error,
      told == "of \(channels)"
    else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func logitsUpsamplingOfAClassifierIsAContradiction() throws {
    let golden = try Golden("mila_tiny_dims")
    let json = golden.configuration.json.merging(["fovea": ["logits_upsampling": "bilinear"]])
    #expect(throws: ModelError.self) { try Model(ModelConfiguration(json: json), weights: golden.checkpoint) }
  }

  @Test func aSegmenterWithoutLogitsUpsamplingIsOneAndSaysItsDefault() throws {
    let golden = try Golden("efficientvit_seg_b_tiny_dims")
    let model = try golden.model { $0 }
    #expect(model.configuration.logitsUpsampling == nil)
    #expect(model.architecture.task == .segmentation && model.architecture.logitsUpsampling == .bicubic)
    #expect(model.notes.contains("a segmenter without logits_upsampling: bicubic, as the family has it"))
  }
}

/// A checkpoint in memory.
private func made(_ tensors: [String: (shape: [Int], values: [Float])]) throws -> Checkpoint {
  let names = tensors.keys.sorted()
  let writer = try SafetensorsWriter(
    names.map { TensorEntry(name: $0, elementType: .f32, shape: tensors[$0]?.shape ?? []) })
  var bytes: [UInt8] = []
  try writer.write(to: { bytes.append(contentsOf: $0) }, values: { tensors[$0.name]?.values ?? [] })
  return try Checkpoint.safetensors(WeightBytes(copying: bytes))
}
