import Fovea
import Foundation
import Testing

@Suite("Fine-tuning", .serialized)
struct FineTuningTests {
  /// A trained model to begin with.
  private func trained(_ folder: PictureFolder) throws -> ModelSource {
    try folder.addClasses(4, images: 10, under: "before")
    try Trainer(folder.request("start", data: "before", epochs: 2) { $0.average = 0 }).run { _ in }
    return .folder(folder.path("start"))
  }

  @Test("with a frozen backbone only the layer of the classes changes, and it learns")
  func frozen() throws {
    let folder = try PictureFolder()
    let start = try trained(folder)
    try folder.addClasses(2, images: 16)
    var request = folder.request("model", epochs: 30, batch: 8) { $0.average = 0.9 }
    (request.architecture, request.start, request.method) = (nil, start, .head)
    var last: EpochRecord?
    try Trainer(request).run { if case .epoch(let record) = $0 { last = record } }
    #expect(last?.score == 1)
    let (before, after) = (try folder.tensors("start"), try folder.tensors("model"))
    #expect(Set(before.keys) == Set(after.keys))
    for (name, values) in after {
      if name.hasPrefix("head.") {
        #expect(values.count * 2 == before[name]?.count)
      } else {
        #expect(values == before[name], "\(name)")
      }
    }
  }

  @Test("a frozen backbone goes on to the same bits, stopped and resumed")
  func frozenBits() throws {
    let folder = try PictureFolder()
    let start = try trained(folder)
    try folder.addClasses(2, images: 16)
    func request(_ name: String) -> TrainingRequest {
      var request = folder.request(name, epochs: 3, batch: 8)
      (request.architecture, request.start, request.method) = (nil, start, .head)
      return request
    }
    try Trainer(request("whole")).run { _ in }
    var again = request("stopped")
    again.resumes = true
    var steps = 0
    let outcome = try Trainer(again).run(shouldStop: { steps >= 4 }) { if case .step = $0 { steps += 1 } }
    #expect(outcome == .stopped)
    #expect(try Trainer(again).run { _ in } == .finished)
    #expect(
      try folder.bytes("stopped/model.safetensors") == folder.bytes("whole/model.safetensors"))
  }

  @Test("what was not taken over is not frozen")
  func frozenInPart() throws {
    let folder = try PictureFolder()
    let start = try trained(folder)
    try folder.addClasses(2, images: 8)
    var request = folder.request("model", epochs: 1)
    (request.architecture, request.start, request.method) = ("fovea_small", start, .head)
    let trainer = try Trainer(request)
    try trainer.run { _ in }
    let (before, after) = (try folder.tensors("start"), try folder.tensors("model"))
    let shared = after.filter { before[$0.key]?.count == $0.value.count && !$0.key.hasPrefix("head.") }
    #expect(!shared.isEmpty && shared.count < after.count)
    for (name, values) in shared where !name.contains("running_") {
      #expect(values == before[name], "\(name)")
    }
    request.output = folder.path("few")
    request.method = .few
    #expect(throws: FoveaError.self) { try Trainer(request).run { _ in } }
  }

  @Test("a whole network begins with what it takes over, whose rate is the backbone's")
  func whole() throws {
    let folder = try PictureFolder()
    let start = try trained(folder)
    try folder.addClasses(2, images: 16)
    var request = folder.request("model", epochs: 1, batch: 8) { recipe in
      (recipe.backboneRate, recipe.average, recipe.optimiser, recipe.momentum) = (0, 0, .sgd, 0)
    }
    (request.architecture, request.start) = (nil, start)
    try Trainer(request).run { _ in }
    let (before, after) = (try folder.tensors("start"), try folder.tensors("model"))
    // A backbone whose rate is 0 keeps its weights; batch norms still follow the new pictures.
    for (name, values) in after where !name.hasPrefix("head.") && !name.contains("running_") {
      #expect(values == before[name], "\(name)")
    }
    #expect(after["backbone.stages.0.0.norm.running_mean"] != before["backbone.stages.0.0.norm.running_mean"])
  }

  @Test(
    "the written model's logits are less a part of the logarithm of the classes' weights, and no other weight"
  )
  func adjustment() throws {
    let folder = try PictureFolder()
    try folder.addPairs()
    for (name, part) in [("plain", 0.0), ("adjusted", 0.5)] {
      let request = folder.request(name, data: "pairs", epochs: 1) {
        (recipe: inout Recipe) in
        (recipe.average, recipe.classWeights, recipe.priorCorrection) = (0, .balanced, part)
        recipe.validationPart = 0
      }
      try Trainer(request).run { _ in }
    }
    var (plain, adjusted) = (try folder.tensors("plain"), try folder.tensors("adjusted"))
    let removed = (plain.removeValue(forKey: "output.bias"), adjusted.removeValue(forKey: "output.bias"))
    let biases = (try #require(removed.0), try #require(removed.1))
    #expect(plain == adjusted)
    // 63 rows of eight pictures, whose red parts are 16, 20, … 44 columns wide, 240 of 512
    let shares = [240.0 / 512, 272.0 / 512]
    let weights = shares.map { 1 / log(1.02 + $0) }
    let mean = zip(weights, shares).map(*).reduce(0, +)
    for index in 0..<2 {
      let expected = 0.5 * log(weights[index] / mean)
      #expect(abs(Double(biases.0[index] - biases.1[index]) - expected) < 2e-4, "class \(index)")
    }
  }

  @Test("a classifier's backbone becomes a segmenter's")
  func otherTask() throws {
    let folder = try PictureFolder()
    let start = try trained(folder)
    try folder.addPairs(images: 4)
    var request = folder.request("model", data: "pairs", epochs: 1, batch: 2)
    (request.architecture, request.start) = (nil, start)
    var notes: [String] = []
    try Trainer(request).run { if case .note(let text) = $0 { notes.append(text) } }
    #expect(notes.contains { $0.contains("tensors taken over from start") })
    #expect(try Segmenter(.folder(folder.path("model"))).labels == ["red", "blue"])
  }

  @Test("a model of one task and label set becomes one of another, and nothing of the old is left")
  func otherLabels() throws {
    let folder = try PictureFolder()
    try folder.addPairs(images: 4)
    try folder.addClasses(images: 4)
    for (name, data) in [("halves", "pairs"), ("classes", "data")] {
      var request = folder.request(name, data: data, epochs: 1, batch: 2)
      (request.architecture, request.start) = (nil, .named("fovea_nano_camvid"))
      // beside a segmenter two folders are no classes unless that is said
      request.layout = name == "classes" ? .folders : nil
      try Trainer(request).run { _ in }
    }
    let picture = ImageSource.file(folder.path("pairs/images/1.png"))
    let segmenter = try Segmenter(.folder(folder.path("halves")))
    #expect(segmenter.labels == ["red", "blue"])
    #expect(try segmenter.segment(picture).palette.colors == [RGB(255, 0, 0), RGB(0, 0, 255)])
    let classifier = try Classifier(.folder(folder.path("classes")))
    #expect(classifier.labels == ["class0", "class1"] && classifier.model.labelSet == nil)
    #expect(classifier.model.configuration.json["task"] == nil)
  }

  @Test("an architecture that has a label set learns another")
  func otherLabelsFromScratch() throws {
    let folder = try PictureFolder()
    try folder.addPairs(images: 4)
    var request = folder.request("model", data: "pairs", epochs: 1, batch: 2) { $0.size = [64, 64] }
    request.architecture = "efficientvit_seg_b0_cityscapes"
    try Trainer(request).run { _ in }
    let segmenter = try Segmenter(.folder(folder.path("model")))
    let answer = try segmenter.segment(.file(folder.path("pairs/images/1.png")))
    #expect(answer.palette.colors == [RGB(255, 0, 0), RGB(0, 0, 255)])
  }

  @Test("a segmenter's layer of the classes begins anew, for as many classes as before")
  func equalClasses() throws {
    let folder = try PictureFolder()
    try folder.addPairs(images: 4)
    try Trainer(folder.request("start", data: "pairs", epochs: 1, batch: 2) { $0.average = 0 }).run { _ in }
    var request = folder.request("model", data: "pairs", epochs: 1, batch: 2) {
      (recipe: inout Recipe) in
      (recipe.average, recipe.seed) = (0, 7)
    }
    (request.architecture, request.start) = (nil, .folder(folder.path("start")))
    request.method = .head
    try Trainer(request).run { _ in }
    let (before, after) = (try folder.tensors("start"), try folder.tensors("model"))
    let learnt = after.keys.filter { !$0.contains("running_") && after[$0] != before[$0] }
    #expect(Set(learnt) == ["output.weight", "output.bias"])
    // a step of the head's rate does not undo another beginning
    let weights = (try #require(before["output.weight"]), try #require(after["output.weight"]))
    #expect(zip(weights.0, weights.1).contains { abs($0 - $1) > 0.05 })
  }

  @Test("the mean answer of a head in closed form is the classes' share of its pictures")
  func closedFormMeans() throws {
    let folder = try PictureFolder()
    let start = try trained(folder)
    try folder.addClasses(2, images: 12)
    for number in 4..<12 {
      try FileManager.default.removeItem(atPath: folder.path("data/class1/\(number).png"))
    }
    var request = folder.request("model") { $0.validationPart = 0 }
    (request.architecture, request.start, request.method) = (nil, start, .few)
    try Trainer(request).run { _ in }
    let extractor = try FeatureExtractor(.folder(folder.path("model")))
    var sums = [0.0, 0.0]
    for (index, count) in [12, 4].enumerated() {
      for number in 0..<count {
        let picture = ImageSource.file(folder.path("data/class\(index)/\(number).png"))
        let logits = try #require(try extractor.features(of: picture, stages: ["logits"])["logits"])
        for k in 0..<2 { sums[k] += Double(logits.values[k]) }
      }
    }
    // least squares with a bias has a residual of mean 0, however it is scaled
    #expect(abs(sums[0] / (sums[0] + sums[1]) - 0.75) < 5e-3, "\(sums)")
  }

  @Test("a few pictures are enough for a head in closed form")
  func few() throws {
    let folder = try PictureFolder()
    let start = try trained(folder)
    try folder.addClasses(2, images: 6)
    try folder.addClasses(2, images: 20, under: "test")
    var request = folder.request("model")
    (request.architecture, request.start, request.method) = (nil, start, .few)
    request.validation = folder.path("test")
    try Trainer(request).run { _ in }
    let classifier = try Classifier(.folder(folder.path("model")))
    let score = try Evaluator.classify(
      LabelledPictures(
        Dataset(folder.path("test")).measured(nil), classes: classifier.model.classNames), with: classifier)
    #expect(score.top1 > 0.8)
    #expect(throws: FoveaError.self) {
      var bare = folder.request("bare")
      bare.method = .few
      try Trainer(bare).run { _ in }
    }
  }
}
