import Fovea
import Foundation
import FoveaModels
import Testing

@Suite("Features of a frozen backbone", .serialized)
struct FrozenFeaturesTests {
  /// Begins with the folder `start`, whose backbone stays as it is.
  private func request(
    _ folder: PictureFolder, _ name: String = "model", data: String, epochs: Int = 3
  ) -> TrainingRequest {
    var request = folder.request(name, data: data, epochs: epochs, batch: 4) {
      ($0.size, $0.validationPart) = ([64, 64], 0)
    }
    (request.architecture, request.start, request.method) = (nil, .folder(folder.path("start")), .head)
    return request
  }

  @Test("they are computed once: after the first step no picture is read", arguments: ["data", "pairs"])
  func once(data: String) throws {
    let folder = try PictureFolder()
    try TinyModel.classifiers[2].write(folder)
    try folder.addClasses(images: 5)
    try folder.addPairs(images: 6)
    var steps = 0
    let outcome = try Trainer(request(folder, data: data)).run { event in
      guard case .step = event else { return }
      steps += 1
      try? FileManager.default.removeItem(atPath: folder.path(data))
    }
    #expect(outcome == .finished && steps >= 3)
    #expect(!FileManager.default.fileExists(atPath: folder.path(data)))
  }

  @Test("what follows a cut gives the whole network's logits from the maps at the cut")
  func cut() throws {
    let family: FoveaModels.JSONValue = [
      "family": "fovea", "widths": [8, 8, 16, 16, 16], "depths": [1, 1, 1, 1, 1], "num_classes": 3,
      "head": ["type": "segmenter", "width": 16, "depth": 1, "upsampling": "bicubic", "upscale": 2],
    ]
    let configuration = FoveaModels.ModelConfiguration(
      name: "tiny", numbers: family, preprocessing: PreprocessingConfiguration(height: 64, width: 64))
    let graph = try configuration.architecture().graph()
    let cut = try #require(graph.cut(before: "logits") { $0.path.hasPrefix("backbone.") })
    #expect(cut.maps == ["stage2", "stage3", "stage4"].compactMap(graph.output(named:)))
    #expect(cut.rest.parameters == graph.parameters.filter { !$0.path.hasPrefix("backbone.") })
    #expect(graph.cut(before: "logits") { !$0.path.hasPrefix("backbone.") } == nil)
    #expect(graph.cut(before: "logits") { _ in true } == nil)
    let (parameters, logits) = (RandomParameters(seed: 2), try #require(graph.output(named: "logits")))
    var numbers = Numbers(state: 3)
    let image = Fovea.FeatureMap(
      shape: Shape(batch: 2, height: 48, width: 40, channels: 3),
      values: (0..<2 * 48 * 40 * 3).map { _ in Float(numbers.uniform() - 0.5) })
    let whole = try ReferenceExecutor(graph: graph, parameters: parameters)
      .run([image], outputs: cut.maps + [logits])
    let result = try #require(cut.rest.output(named: "logits"))
    let rest = try ReferenceExecutor(graph: cut.rest, parameters: parameters)
      .run(Array(whole.dropLast()), outputs: [result])
    #expect(rest.map(\.shape) == whole.suffix(1).map(\.shape))
    #expect(rest.map(\.values) == whole.suffix(1).map(\.values))
  }

  @Test("what no picture reaches is no feature of one: a frozen token is not cut off with the maps")
  func constants() throws {
    let builder = GraphBuilder()
    let root = builder.root
    let map = root["backbone"].linear(builder.input(), outputs: 4)
    let token = root["backbone"].token("token", shape: [1, 1, 4])
    let joined = root.concatenateTokens([token, root.sequence(map)])
    builder.name(root["head"].linear(root.globalAverage(joined), outputs: 2), "logits")
    let cut = try #require(builder.graph().cut(before: "logits") { $0.path.hasPrefix("backbone.") })
    // the joined map sees the picture, and all of it is frozen
    #expect(cut.maps.count == 1 && cut.maps[0].channels == 4)
    let later = root["new"].linear(token, outputs: 4)
    builder.name(root["end"].linear(root.add(map, later), outputs: 2), "sum")
    let beside = try #require(builder.graph().cut(before: "sum") { $0.path.hasPrefix("backbone.") })
    #expect(beside.maps == [map])
  }

  @Test("a segmenter on a frozen backbone goes on to the same bits, stopped and resumed, with any threads")
  func bits() throws {
    let folder = try PictureFolder()
    try TinyModel.classifiers[2].write(folder)
    try folder.addPairs(images: 9)
    try Trainer(request(folder, "whole", data: "pairs")).run { _ in }
    var again = request(folder, "stopped", data: "pairs")
    (again.resumes, again.threads) = (true, 1)
    var steps = 0
    let outcome = try Trainer(again).run(shouldStop: { steps >= 3 }) { if case .step = $0 { steps += 1 } }
    #expect(outcome == .stopped)
    again.threads = 3
    #expect(try Trainer(again).run { _ in } == .finished)
    #expect(try folder.bytes("stopped/model.safetensors") == folder.bytes("whole/model.safetensors"))
  }

  @Test("a segmenter learns on a frozen backbone")
  func learns() throws {
    let folder = try PictureFolder()
    try TinyModel.classifiers[2].write(folder)
    try folder.addPairs(images: 12)
    var request = request(folder, data: "pairs")
    request.recipe = { (recipe) throws(FoveaError) in
      var recipe = recipe
      (recipe.epochs, recipe.batch, recipe.size, recipe.average) = (40, 4, [64, 64], 0.9)
      recipe.rate = 5e-3
      return recipe
    }
    var last: EpochRecord?
    try Trainer(request).run { if case .epoch(let record) = $0 { last = record } }
    #expect((last?.score ?? 0) > 0.8, "\(last.map(String.init(describing:)) ?? "")")
  }

  @Test("features that need more memory than there is for them are refused with both")
  func limit() throws {
    let folder = try PictureFolder()
    try TinyModel.classifiers[2].write(folder)
    try folder.addPairs(images: 6)
    var request = request(folder, data: "pairs")
    // 6 pictures, 2 windows: 64² ids, and 8² · 16, 4² · 16 and 2² · 16 features, 4 bytes each; in half of the cache
    let bytes = 6 * 2 * 4 * (64 * 64 + 84 * 16)
    request.cacheLimit = 2 * bytes - 2
    let error = #expect(throws: FoveaError.self) { try Trainer(request).run { _ in } }
    #expect(error?.status == .overLimit && error?.path == "--freeze")
    #expect(error?.reason.contains("features of 6 pictures, 2 views of 64 x 64 each") == true)
    (request.cacheLimit, request.resumes) = (2 * bytes, true)
    #expect(try Trainer(request).run { _ in } == .finished)
  }
}
