import Fovea
import Foundation
import FoveaWeights
import Testing

@Suite("Resuming", .serialized)
struct ResumingTests {
  /// The lines of a summary without the columns of the clock.
  private func summary(_ folder: PictureFolder, _ name: String) throws -> [[Substring]] {
    String(decoding: try folder.bytes("\(name)/summary.csv"), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).dropLast(2) }
  }

  /// Trains until a step is done, then stops.
  private func stop(_ request: TrainingRequest, after step: Int) throws {
    var steps = 0
    let outcome = try Trainer(request).run(shouldStop: { steps >= step }) {
      if case .step = $0 { steps += 1 }
    }
    #expect(outcome == .stopped)
  }

  @Test("an epoch that a killed run had not measured is measured on resuming", arguments: [1, 2])
  func killedWhileMeasuring(epochs: Int) throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    try folder.addClasses(images: 3, under: "test")
    try folder.write(Data("no picture".utf8), "test/class1/broken.png")
    var request = folder.request("whole", epochs: epochs)
    request.validation = folder.path("test")
    // the folder as it is in the middle of the first validation, when this picture is told of
    var copies = 0
    try Trainer(request).run { event in
      guard case .skipped = event else { return }
      copies += 1
      try? FileManager.default.copyItem(
        at: folder.url.appending(path: "whole"), to: folder.url.appending(path: "killed"))
    }
    #expect(copies == 1)
    request.output = folder.path("killed")
    request.resumes = true
    var records: [Int] = []
    try Trainer(request).run { if case .epoch(let record) = $0 { records.append(record.epoch) } }
    #expect(records == Array(1...epochs))
    #expect(try folder.bytes("killed/model.safetensors") == folder.bytes("whole/model.safetensors"))
    #expect(try summary(folder, "killed") == summary(folder, "whole"))
    // what is measured is not measured again
    records = []
    try Trainer(request).run { if case .epoch(let record) = $0 { records.append(record.epoch) } }
    #expect(records.isEmpty)
  }

  @Test("the state is there after the first step, and what was left half written is cleared away")
  func leftovers() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    var request = folder.request("model", epochs: 1)
    var seen: [Bool] = []
    let state = folder.path("model/state.safetensors")
    try Trainer(request).run {
      if case .step = $0 { seen.append(FileManager.default.fileExists(atPath: state)) }
    }
    #expect(seen.first == false && seen.dropFirst().allSatisfy(\.self) && seen.count == 5)
    for name in [".fovea-1a2b.tmp", ".fovea-1a2b", "notes.tmp"] { try folder.write(Data(), "model/\(name)") }
    try folder.write(Data(), "model/.fovea-3c.tmp/kept")
    request.resumes = true
    try Trainer(request).run { _ in }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("model"))
    #expect(!names.contains(".fovea-1a2b.tmp"))
    #expect(Set(names).isSuperset(of: [".fovea-1a2b", "notes.tmp", ".fovea-3c.tmp"]))
  }

  @Test("the label set that was named need not be named again, and no other may be")
  func labelSet() throws {
    let folder = try PictureFolder()
    try folder.addPairs(images: 4)
    let labels = try folder.bytes("pairs/labels.json")
    try FileManager.default.removeItem(atPath: folder.path("pairs/labels.json"))
    try folder.write(labels, "halves.json")
    let other = String(decoding: labels, as: UTF8.self).replacingOccurrences(of: "blue", with: "green")
    try folder.write(Data(other.utf8), "others.json")
    var request = folder.request("model", data: "pairs", epochs: 1, batch: 1)
    request.dataset = folder.path("halves.json")
    try stop(request, after: 1)
    request.resumes = true
    for dataset in [folder.path("others.json"), "camvid"] {
      request.dataset = dataset
      let error = #expect(throws: FoveaError.self) { try Trainer(request) }
      #expect(error?.reason == "began with another dataset: halves, now \(dataset)")
      #expect(error?.status == .usage)
    }
    request.dataset = folder.path("halves.json")
    try stop(request, after: 1)
    try FileManager.default.removeItem(atPath: folder.path("halves.json"))
    request.dataset = nil
    #expect(try Trainer(request).run { _ in } == .finished)
    #expect(try Segmenter(.folder(folder.path("model"))).labels == ["red", "blue"])
  }

  @Test("the folder for validation that was named need not be named again")
  func validation() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    try folder.addClasses(images: 3, under: "test")
    var whole = folder.request("whole", epochs: 2)
    whole.validation = folder.path("test")
    try Trainer(whole).run { _ in }
    var request = folder.request("model", epochs: 2)
    request.validation = folder.path("test")
    try stop(request, after: 1)
    (request.resumes, request.validation) = (true, nil)
    let trainer = try Trainer(request)
    #expect(trainer.imageCount == 24 && trainer.validationCount == 6)
    #expect(try trainer.run { _ in } == .finished)
    #expect(try folder.bytes("model/model.safetensors") == folder.bytes("whole/model.safetensors"))
    #expect(try summary(folder, "model") == summary(folder, "whole"))
  }

  @Test("a picture of the same name and size with another content is another picture")
  func contents() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    var request = folder.request("model", epochs: 1) { $0.validationPart = 0 }
    try stop(request, after: 1)
    request.resumes = true
    let picture = try folder.bytes("data/class0/3.png")
    var changed = picture
    changed[changed.count / 2] ^= 1
    try folder.write(changed, "data/class0/3.png")
    let error = #expect(throws: FoveaError.self) { try Trainer(request) }
    #expect(error?.reason.contains("other pictures") == true)
    try folder.write(picture, "data/class0/3.png")
    #expect(try Trainer(request).run { _ in } == .finished)
  }

  @Test("logits that are no numbers are never right, and the run that gave them can go on")
  func noNumbers() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    var request = folder.request("model", epochs: 2)
    request.resumes = true
    try stop(request, after: 1)
    try spoilAverages(folder.path("model/state.safetensors"))
    var records: [EpochRecord] = []
    let outcome = try Trainer(request).run(shouldStop: { records.count == 1 }) {
      if case .epoch(let record) = $0 { records.append(record) }
    }
    #expect(outcome == .stopped)
    let record = try #require(records.first)
    #expect(record.score == 0 && record.secondScore == 0 && record.validationLoss?.isFinite == false)
    let classifier = try Classifier(.folder(folder.path("model")))
    let score = try Evaluator.classify(
      LabelledPictures(
        Dataset(folder.path("data")).measured(nil), classes: classifier.model.classNames), with: classifier)
    #expect(score.images == 24 && score.top1 == 0 && score.top5 == 0)
    #expect(try Trainer(request).run { _ in } == .finished)
    #expect(try summary(folder, "model").count == 3)
  }

  @Test("pixels whose logits are no numbers have no class, and are never right")
  func noNumbersInMasks() throws {
    let folder = try PictureFolder()
    try folder.addPairs()
    var request = folder.request("model", data: "pairs", epochs: 2, batch: 1)
    request.resumes = true
    try stop(request, after: 1)
    try spoilAverages(folder.path("model/state.safetensors"))
    var records: [EpochRecord] = []
    let outcome = try Trainer(request).run(shouldStop: { records.count == 1 }) {
      if case .epoch(let record) = $0 { records.append(record) }
    }
    #expect(outcome == .stopped)
    #expect(records.map(\.score) == [0] && records.map(\.secondScore) == [0])
    let segmenter = try Segmenter(.folder(folder.path("model")))
    let picture = ImageSource.file(folder.path("pairs/images/1.png"))
    let answer = try segmenter.segment(picture)
    #expect(answer.mask.allSatisfy { $0 == Segmentation.undecided } && answer.classes.isEmpty)
    let path = folder.path("mask.png")
    let errors = [
      #expect(throws: FoveaError.self) { try answer.writeMask(to: path) },
      #expect(throws: FoveaError.self) { try segmenter.writeMask(of: picture, to: path) },
    ]
    for error in errors {
      #expect(error?.reason == "the model's logits are no numbers" && error?.status == .badData)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// Makes the averages of the weights, with which a model answers, no numbers.
  private func spoilAverages(_ path: String) throws {
    let checkpoint = try Checkpoint.open(path: path, as: .safetensors)
    let writer = try SafetensorsWriter(checkpoint.entries, metadata: checkpoint.metadata)
    var bytes = Data()
    try writer.write(
      to: { bytes.append(contentsOf: $0) },
      values: { entry in
        let values = try checkpoint.floats(of: entry.name)
        return entry.name == "average.values" ? values.map { _ in .nan } : values
      })
    try bytes.write(to: URL(filePath: path), options: .atomic)
  }
}
