import Fovea
import Foundation
import FoveaTestSupport
import Testing

@Suite("Beginning with a model of any family", .serialized)
struct InitialModelTests {
  /// Begins with the folder `start`, and learns for an epoch.
  private func train(
    _ folder: PictureFolder, _ name: String, data: String = "data", _ method: TrainingRequest.Method,
    changing: @escaping @Sendable (inout Recipe) -> Void = { _ in }
  ) throws {
    var request = folder.request(name, data: data, epochs: 1, batch: 4) {
      ($0.size, $0.average, $0.warmup) = ([64, 64], 0, 0)
      changing(&$0)
    }
    (request.architecture, request.start, request.method) = (nil, .folder(folder.path("start")), method)
    try Trainer(request).run { _ in }
  }

  /// Nothing that was taken over moves, where the whole network learns.
  private static let stays: @Sendable (inout Recipe) -> Void = {
    ($0.backboneRate, $0.optimiser, $0.momentum) = (0, .sgd, 0)
  }

  /// The names of the tensors that differ, of two models of the same tensors.
  private func changes(_ one: [String: [Float]], _ other: [String: [Float]]) -> Set<String> {
    #expect(Set(one.keys) == Set(other.keys))
    return Set(one.keys.filter { one[$0] != other[$0] })
  }

  private func layer(_ path: String) -> Set<String> { ["\(path).weight", "\(path).bias"] }

  @Test(
    "a classifier's classes are replaced and everything else is taken over",
    arguments: TinyModel.classifiers)
  func classifier(_ model: TinyModel) throws {
    let folder = try PictureFolder()
    try model.write(folder)
    try folder.addClasses(3, images: 5)
    try train(folder, "model", .whole, changing: Self.stays)
    let (before, after) = (try folder.tensors("start"), try folder.tensors("model"))
    let changed = changes(before, after).filter { !$0.contains("running_") }
    #expect(changed == layer(model.classes))
    #expect(after["\(model.classes).bias"]?.count == 3)
    let classifier = try Classifier(.folder(folder.path("model")))
    let answer = try classifier.classify(.file(folder.path("data/class1/2.png")))
    #expect(Set(answer.predictions.map(\.label)) == ["class0", "class1", "class2"])
  }

  @Test(
    "on a frozen backbone the layer of the classes alone learns, or is fitted",
    arguments: TinyModel.classifiers)
  func frozenClassifier(_ model: TinyModel) throws {
    let folder = try PictureFolder()
    try model.write(folder)
    try folder.addClasses(3, images: 5)
    try train(folder, "beginning", .head) { $0.rate = 0 }
    try train(folder, "trained", .head)
    try train(folder, "fitted", .few)
    let (before, beginning) = (try folder.tensors("start"), try folder.tensors("beginning"))
    #expect(changes(before, beginning) == layer(model.classes))
    for name in ["trained", "fitted"] {
      #expect(changes(beginning, try folder.tensors(name)) == layer(model.classes), "\(name)")
      #expect(try Classifier(.folder(folder.path(name))).labels.count == 3)
    }
  }

  @Test("a segmenter's classes are replaced, and learn alone", arguments: TinyModel.segmenters)
  func segmenter(_ model: TinyModel) throws {
    let folder = try PictureFolder()
    try model.write(folder)
    try folder.addPairs(images: 6)
    try train(folder, "whole", data: "pairs", .whole, changing: Self.stays)
    try train(folder, "beginning", data: "pairs", .head) { $0.rate = 0 }
    try train(folder, "trained", data: "pairs", .head)
    let (before, beginning) = (try folder.tensors("start"), try folder.tensors("beginning"))
    let changed = changes(before, try folder.tensors("whole")).filter { !$0.contains("running_") }
    let classes = Set(before.keys.filter { $0.hasPrefix("\(model.classes).") })
    #expect(changed == classes && !classes.isEmpty)
    #expect(changes(before, beginning) == classes)
    #expect(changes(beginning, try folder.tensors("trained")) == classes)
    #expect(try Segmenter(.folder(folder.path("trained"))).labels == ["red", "blue"])
  }

  @Test(
    "a classifier's backbone becomes a segmenter's where the family has one",
    arguments: TinyModel.classifiers.prefix(3))
  func toSegmenter(_ model: TinyModel) throws {
    let folder = try PictureFolder()
    try model.write(folder)
    try folder.addPairs(images: 6)
    try train(folder, "model", data: "pairs", .head)
    let (before, after) = (try folder.tensors("start"), try folder.tensors("model"))
    let backbone = before.filter { $0.key.hasPrefix("backbone.") }
    #expect(!backbone.isEmpty && after.filter { $0.key.hasPrefix("backbone.") } == backbone)
    #expect(try Segmenter(.folder(folder.path("model"))).labels == ["red", "blue"])
  }

  @Test("a segmenter's backbone becomes a classifier's", arguments: TinyModel.segmenters)
  func toClassifier(_ model: TinyModel) throws {
    let folder = try PictureFolder()
    try model.write(folder)
    try folder.addClasses(3, images: 5)  // two could be pictures and masks
    try train(folder, "model", .head)
    let (before, after) = (try folder.tensors("start"), try folder.tensors("model"))
    let backbone = before.filter { $0.key.hasPrefix("backbone.") }
    #expect(!backbone.isEmpty && after.filter { $0.key.hasPrefix("backbone.") } == backbone)
    #expect(try Classifier(.folder(folder.path("model"))).labels == ["class0", "class1", "class2"])
  }

  @Test(
    "a family without a segmenter is refused by name, with those that have one",
    arguments: TinyModel.withoutMasks)
  func refused(_ model: TinyModel) throws {
    let folder = try PictureFolder()
    try model.write(folder)
    try folder.addPairs(images: 2)
    let error = #expect(throws: FoveaError.self) { try train(folder, "model", data: "pairs", .whole) }
    let family = model.testDescription.split(separator: " ")[0]
    #expect(error?.reason == "is of the family \(family), which has no head for segmentation")
    #expect(
      error?.hint == "segmentation is learnt by the families fovea, efficientvit_b, efficientvit_l, "
        + "efficientvit_seg_b, efficientvit_seg_l")
    #expect(error?.status == .usage)
  }

  @Test(
    "a folder converted from timm is taken over under the authors' names",
    arguments: ["timm_efficientvit_b_tiny", "timm_efficientvit_l_tiny", "timm_deit_tiny_dims"])
  func timm(_ name: String) throws {
    let folder = try PictureFolder()
    let golden = fixtures.appending(path: "goldens/\(name)")
    func path(_ file: String) -> String { golden.appending(path: file).path(percentEncoded: false) }
    var options = Conversion.Options()
    (options.configurationFile, options.elementType) = (path("config.json"), .f16)
    try Conversion(of: path("checkpoint.safetensors"), options: options).write(to: folder.path("start"))
    try folder.addClasses(3, images: 5)
    let before = try folder.tensors("start")
    for method in [TrainingRequest.Method.head, .few] {
      try train(folder, "\(method)", method)
      let after = try folder.tensors("\(method)")
      // the names differ, the values do not: but for the layer of the classes
      let values = Set(before.values)
      let new = after.filter { !values.contains($0.value) }.keys
      #expect(after.count == before.count && new.count == 2, "\(new)")
      #expect(new.allSatisfy { after[$0]?.count.isMultiple(of: 3) == true }, "\(new)")
    }
    try train(folder, "whole", .whole, changing: Self.stays)
    let learnt = try folder.tensors("whole")
    let kept = try folder.tensors("head")
    #expect(changes(kept, learnt).filter { !$0.contains("running_") }.count == 2)
  }
}
