import Fovea
import Foundation
import Testing

@Suite("Training", .serialized)
struct TrainerTests {
  @Test("a classifier learns classes that are plain to see, and the folder answers like any model")
  func classifier() throws {
    let folder = try PictureFolder()
    try folder.addClasses(images: 20)
    var records: [EpochRecord] = []
    let trainer = try Trainer(
      folder.request("model", epochs: 6) { ($0.average, $0.answerSize) = (0.9, [40, 48]) })
    let outcome = try trainer.run { if case .epoch(let record) = $0 { records.append(record) } }
    #expect(outcome == .finished && records.map(\.epoch) == [1, 2, 3, 4, 5, 6])
    #expect(trainer.imageCount == 36 && trainer.validationCount == 4)
    #expect(records.last?.score == 1 && (records.last?.validationLoss ?? 9) < (records.first?.loss ?? 0))
    let classifier = try Classifier(.folder(folder.path("model")))
    #expect(classifier.labels == ["class0", "class1"])
    let summary = try ModelSummary(.folder(folder.path("model")))
    #expect((summary.height, summary.width) == (40, 48))
    for index in 0..<2 {
      let answer = try classifier.classify(.file(folder.path("data/class\(index)/3.png")))
      #expect(answer.predictions[0].index == index)
    }
    let table = String(decoding: try folder.bytes("model/summary.csv"), as: UTF8.self)
    #expect(table.split(separator: "\n").count == 7 && table.hasPrefix("epoch,step,rate,train_loss,val_loss"))
    #expect(try DecodedImage(.file(folder.path("model/curve.png"))).image.width == 640)
  }

  @Test("a segmenter learns halves of a picture, and keeps the label set's colors")
  func segmenter() throws {
    let folder = try PictureFolder()
    try folder.addPairs()
    var last: EpochRecord?
    let request = folder.request("model", data: "pairs", epochs: 25) {
      (recipe: inout Recipe) in
      (recipe.average, recipe.dice, recipe.size, recipe.rate) = (0.9, 0.5, [64, 64], 3e-3)
    }
    try Trainer(request).run { if case .epoch(let record) = $0 { last = record } }
    #expect((last?.score ?? 0) > 0.85, "\(last.map(String.init(describing:)) ?? "")")
    let segmenter = try Segmenter(.folder(folder.path("model")))
    let answer = try segmenter.segment(.file(folder.path("pairs/images/5.png")))
    #expect(answer.palette.colors == [RGB(255, 0, 0), RGB(0, 0, 255)])
    #expect(segmenter.labels == ["red", "blue"])
  }

  @Test(
    "the same bits with one thread, with three, and stopped and resumed", arguments: ["data", "pairs"],
    Precision.allCases)
  func bits(data: String, precision: Precision) throws {
    let folder = try PictureFolder()
    try folder.addClasses(3)
    try folder.addPairs(images: 36, side: 40)
    func request(_ name: String, threads: Int) -> TrainingRequest {
      var request = folder.request(name, data: data, epochs: 2, batch: 8) { recipe in
        (recipe.precision, recipe.dice) = (precision, 0.5)
        (recipe.mixup, recipe.cutmix, recipe.dropPath, recipe.dropout) = (0.2, 1, 0.2, 0.1)
        (recipe.augment.operations, recipe.augment.erase) = (2, 0.3)
        (recipe.earlySize, recipe.earlyPart) = ([24, 24], 0.5)
      }
      request.threads = threads
      return request
    }
    try Trainer(request("one", threads: 1)).run { _ in }
    try Trainer(request("three", threads: 3)).run { _ in }
    // Four steps an epoch: stops in the first, and in the second, which is of another size.
    for stop in [1, 2, 3] {
      var again = request("stopped", threads: 2)
      again.resumes = true
      var steps = 0
      let outcome = try Trainer(again).run(shouldStop: { steps >= stop }) {
        if case .step = $0 { steps += 1 }
      }
      #expect(outcome == .stopped)
    }
    var rest = request("stopped", threads: 2)
    rest.resumes = true
    rest.architecture = nil
    #expect(try Trainer(rest).run { _ in } == .finished)
    let weights = try folder.bytes("one/model.safetensors")
    #expect(try folder.bytes("three/model.safetensors") == weights)
    #expect(try folder.bytes("stopped/model.safetensors") == weights)
  }

  @Test("an unreadable picture is named once and left out, to learn from as to measure with")
  func unreadable() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    try folder.addClasses(images: 3, under: "test")
    for parent in ["data", "test"] {
      try folder.write(Data("no picture".utf8), "\(parent)/class1/broken.png")
    }
    var request = folder.request("model", epochs: 3)
    request.validation = folder.path("test")
    var skipped: [String] = []
    try Trainer(request).run { if case .skipped(let error) = $0 { skipped.append(error.path) } }
    #expect(skipped.sorted() == ["data", "test"].map { folder.path("\($0)/class1/broken.png") })
  }

  @Test("what will not do is an error before the first step")
  func refusals() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    func refused(_ request: TrainingRequest, _ words: String, _ status: Status) {
      let error = #expect(throws: FoveaError.self) { try Trainer(request) }
      #expect(
        error?.reason.contains(words) == true && error?.status == status, "\(String(describing: error))")
    }
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "data/empty"), withIntermediateDirectories: true)
    refused(folder.request("model"), "class empty has no images", .badData)
    try FileManager.default.removeItem(at: folder.url.appending(path: "data/empty"))
    var request = folder.request("model")
    request.architecture = "fovea_nanp"
    refused(request, "no model is named", .usage)
    request.architecture = "efficientvit_sam_l0"
    refused(request, "family efficientvit_sam, which has no head for classification", .usage)
    request.architecture = nil
    refused(request, "no architecture", .usage)
    refused(folder.request("data"), "is there already", .cannotCreate)
    refused(folder.request("model") { $0.average = 1.5 }, "average is 1.5", .usage)
    refused(folder.request("model") { $0.seed = .max }, "seed is 18446744073709551615", .usage)
    refused(folder.request("model") { $0.augment.scale = [1, 2] }, "augment.scale is [1.0, 2.0]", .usage)
    refused(folder.request("data/model"), "where a folder is a class", .usage)
    refused(folder.request("model", data: "nowhere"), "no such directory", .cannotOpen)
  }

  @Test("a batch that no memory holds is refused before any of it is taken")
  func memory() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    let request = folder.request("model") { ($0.batch, $0.size) = (65_536, [512, 512]) }
    let error = #expect(throws: FoveaError.self) { try Trainer(request).run { _ in } }
    #expect(error?.reason.contains("to learn from 65536 images of 512 x 512, over the limit") == true)
    #expect(error?.status == .overLimit)
  }

  @Test("a loss that is no number is told with what helps, and resuming would not")
  func divergence() throws {
    let folder = try PictureFolder()
    try folder.addClasses(images: 40)
    let request = folder.request("model", epochs: 1) {
      (recipe: inout Recipe) in
      (recipe.optimiser, recipe.schedule, recipe.rate, recipe.decay) = (.sgd, .constant, 100, 10)
      (recipe.average, recipe.clip) = (0, 0)
    }
    let error = #expect(throws: FoveaError.self) { try Trainer(request).run { _ in } }
    #expect(error?.reason.contains("no number any more") == true, "\(String(describing: error))")
    #expect(error?.hint?.contains("another folder with -o") == true)
    #expect(error?.hint?.contains("--resume") == false)
  }

  @Test("a run resumes with its own recipe and pictures alone")
  func resuming() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    try Trainer(folder.request("model", epochs: 1)).run { _ in }
    var other = folder.request("model", epochs: 1) { $0.rate = 0.5 }
    other.resumes = true
    var error = #expect(throws: FoveaError.self) { try Trainer(other) }
    #expect(error?.reason.contains("rate was 0.002, now 0.5") == true)
    other = folder.request("model", epochs: 1)
    (other.resumes, other.architecture) = (true, "fovea_small")
    error = #expect(throws: FoveaError.self) { try Trainer(other) }
    #expect(error?.reason.contains("architecture: fovea_nano, now fovea_small") == true)
    try folder.addClasses(images: 14)
    other = folder.request("model", epochs: 1)
    other.resumes = true
    error = #expect(throws: FoveaError.self) { try Trainer(other) }
    #expect(error?.reason.contains("other pictures") == true)
  }

  @Test("a recipe's unknown key is refused, and the nearest named")
  func recipes() throws {
    let folder = try PictureFolder()
    let standard = Recipe.standard(for: .classification)
    try folder.write(Data(#"{"epochs": 7, "augment": {"color": 0}}"#.utf8), "good.json")
    let recipe = try standard.reading(folder.path("good.json"))
    #expect(recipe.epochs == 7 && recipe.augment.color == 0 && recipe.batch == standard.batch)
    #expect(recipe.augment.scale == standard.augment.scale)
    try folder.write(Data(#"{"epoch": 7}"#.utf8), "bad.json")
    let error = #expect(throws: FoveaError.self) { try standard.reading(folder.path("bad.json")) }
    #expect(error?.hint == "did you mean epochs?")
    try folder.write(Data(#"{"rate": "fast"}"#.utf8), "worse.json")
    #expect(throws: FoveaError.self) { try standard.reading(folder.path("worse.json")) }
  }
}
