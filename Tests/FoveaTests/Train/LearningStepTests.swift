import Fovea
import Foundation
import Testing

@Suite("A step of learning", .serialized)
struct LearningStepTests {
  /// A trained model, and what it becomes in one step from there, whose gradients are the same every time.
  private func start() throws -> PictureFolder {
    let folder = try PictureFolder()
    try folder.addClasses(2, images: 8)
    try Trainer(folder.request("start", epochs: 3) { $0.average = 0 }).run { _ in }
    return folder
  }

  private func step(
    _ name: String, in folder: PictureFolder, changing: @escaping @Sendable (inout Recipe) -> Void
  ) throws -> [String: [Float]] {
    var request = folder.request(name, epochs: 1, batch: 16) {
      (recipe: inout Recipe) in
      (recipe.optimiser, recipe.schedule, recipe.momentum, recipe.clip) = (.sgd, .constant, 0, 0)
      (recipe.backboneRate, recipe.average, recipe.validationPart) = (1, 0, 0)
      changing(&recipe)
    }
    (request.architecture, request.start) = (nil, .folder(folder.path("start")))
    try Trainer(request).run { _ in }
    return try folder.tensors(name)
  }

  @Test("weight decay takes its part of matrices and kernels; biases, norms and scales are left alone")
  func decay() throws {
    let folder = try start()
    let before = try step("still", in: folder) { $0.rate = 0 }
    let plain = try step("plain", in: folder) { ($0.rate, $0.decay) = (0.1, 0) }
    let decayed = try step("decayed", in: folder) { ($0.rate, $0.decay) = (0.1, 2) }
    var (kept, taken) = (0, 0)
    for (name, values) in decayed where !name.contains("running_") {
      let (own, other) = (try #require(before[name]), try #require(plain[name]))
      // norms have one weight a channel, and of a layer's two the bias is the other
      if name.hasSuffix("bias") || name.contains("norm") || name.hasSuffix("scale") {
        #expect(values == other, "\(name)")
        if own.contains(where: { $0 != 0 }) { kept += 1 }
        continue
      }
      taken += 1
      for (place, value) in values.enumerated() {
        let expected = other[place] - 0.1 * 2 * own[place]
        let size = max(abs(value), abs(other[place]), abs(own[place]))
        #expect(abs(value - expected) <= size * 0x1p-9 + 0x1p-22, "\(name)[\(place)]")
      }
    }
    #expect(kept > 20 && taken > 20)
  }

  @Test("an average of the weights takes the running statistics along")
  func average() throws {
    let folder = try start()
    let before = try step("still", in: folder) { ($0.rate, $0.average) = (0, 0) }
    let averaged = try step("averaged", in: folder) { ($0.rate, $0.average) = (0, 0.9) }
    let start = try folder.tensors("start")
    var moved = 0
    for (name, values) in averaged where name.contains("running_") {
      let (first, last) = (try #require(start[name]), try #require(before[name]))
      if first != last { moved += 1 }
      for (place, value) in values.enumerated() {
        // the first step keeps (1 + 1) / (10 + 1) of what was
        let expected = (2 * first[place] + 9 * last[place]) / 11
        #expect(abs(value - expected) <= abs(expected) * 0x1p-9 + 0x1p-22, "\(name)[\(place)]")
      }
    }
    #expect(moved > 10)
  }

  @Test("the first five in training are the first five of the answers, not six")
  func topFive() throws {
    let folder = try PictureFolder()
    try folder.addClasses(8, images: 4)
    try folder.addClasses(8, images: 6, under: "test")
    var request = folder.request("model", epochs: 1)
    request.validation = folder.path("test")
    var last: EpochRecord?
    try Trainer(request).run { if case .epoch(let record) = $0 { last = record } }
    let classifier = try Classifier(.folder(folder.path("model")))
    let places = try (0..<48).map { number in
      let (truth, picture) = (number / 6, number % 6)
      let answer = try classifier.classify(
        .file(folder.path("test/class\(truth)/\(picture).png")), top: 8)
      return answer.predictions.firstIndex { $0.index == truth } ?? 8
    }
    #expect(places.contains(5), "a picture whose class comes sixth is wanted")
    #expect(last?.score == Double(places.count { $0 == 0 }) / 48)
    #expect(last?.secondScore == Double(places.count { $0 < 5 }) / 48)
  }
}
