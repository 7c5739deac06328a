import Fovea
import Foundation
import Testing

@Suite("Data to learn from")
struct TrainingDataTests {
  private let folder: PictureFolder

  init() throws { folder = try PictureFolder() }

  @Test("a class of validation that is none of those that are learnt is named")
  func otherClasses() throws {
    for name in ["train/cat", "train/coffee", "train/rocket", "val/coffee", "val/rocket", "val/zebra"] {
      for number in 0..<3 { try folder.addPicture("data/\(name)/\(number).png") }
    }
    let error = #expect(throws: FoveaError.self) { try Trainer(folder.request("model")) }
    #expect(error?.path == folder.path("data/val/zebra") && error?.status == .badData)
    #expect(error?.reason == "is no class of \(folder.path("data/train"))")
    try FileManager.default.removeItem(atPath: folder.path("data/val/zebra"))
    let trainer = try Trainer(folder.request("model"))
    #expect(trainer.labels == ["cat", "coffee", "rocket"] && trainer.validationCount == 6)
    #expect(trainer.notes.contains("no images of cat for validation"))
  }

  @Test("masks of validation with a label set of their own are read by it, by the names of classes")
  func otherOrder() throws {
    func labels(_ names: [String], _ path: String) throws {
      let classes = names.enumerated().map { #"{"index": \#($0), "label": "\#($1)"}"# }
      try folder.write(
        Data(#"{"name": "t", "classes": [\#(classes.joined(separator: ", "))]}"#.utf8), path)
    }
    func score(_ output: String) throws -> Double? {
      var last: EpochRecord?
      let request = folder.request(output, epochs: 1, batch: 2)
      try Trainer(request).run { if case .epoch(let record) = $0 { last = record } }
      return last?.secondScore
    }
    // the left is sky and the right is road, a third and two thirds
    let half: [UInt8] = (0..<1024).map { $0 % 32 < 10 ? 0 : 1 }
    for number in 0..<2 {
      for part in ["train", "val"] {
        try folder.addPicture("data/\(part)/images/\(number).png", id: 90, width: 32, height: 32)
        let mask = try PNGEncoder.bytes(half, .grey, width: 32, height: 32)
        try folder.write(Data(mask), "data/\(part)/masks/\(number).png")
      }
    }
    try labels(["sky", "road"], "data/labels.json")
    let known = try #require(try score("known"))
    let other = try PNGEncoder.bytes(half.map { 1 - $0 }, .grey, width: 32, height: 32)
    for number in 0..<2 { try folder.write(Data(other), "data/val/masks/\(number).png") }
    #expect(try score("wrong") != known)
    try labels(["road", "sky"], "data/val/labels.json")
    #expect(try score("model") == known)
    try labels(["road", "sea"], "data/val/labels.json")
    let error = #expect(throws: FoveaError.self) { try Trainer(folder.request("other", data: "data")) }
    #expect(error?.reason == "is no label of t" && error?.path.hasSuffix("labels.json: class sea") == true)
  }

  @Test("a CSV of pictures and classes is learnt from")
  func list() throws {
    try folder.addClasses(2, images: 6, under: "all")
    var text = "image,label\n"
    for index in 0..<2 {
      for number in 0..<6 { text += "class\(index)/\(number).png,kind \(index)\n" }
    }
    try folder.write(Data(text.utf8), "all/train.csv")
    try folder.write(Data("class1/0.png,kind 1\n".utf8), "all/val.csv")
    let trainer = try Trainer(folder.request("model", data: "all", epochs: 1))
    #expect(trainer.labels == ["kind 0", "kind 1"])
    #expect(trainer.imageCount == 12 && trainer.validationCount == 1 && trainer.leftOut.isWhole)
  }

  @Test("a second training into one folder is refused while the first is there, and may go on after it")
  func twoTrainings() throws {
    try folder.addClasses()
    var request = folder.request("model", epochs: 2)
    var refusals: [FoveaError] = []
    try Trainer(request).run { event in
      guard case .step = event, refusals.count < 2 else { return }
      for resumes in [false, true] {
        request.resumes = resumes
        if let error = #expect(throws: FoveaError.self, performing: { try Trainer(request) }) {
          refusals.append(error)
        }
      }
    }
    #expect(refusals.count == 2)
    for error in refusals {
      #expect(error.reason == "another training writes to it" && error.status == .cannotCreate)
    }
    request.resumes = true
    #expect(try Trainer(request).run { _ in } == .finished)
  }

  @Test("of two trainings that were begun on one new folder the second is refused when it is to write")
  func twoBeginnings() throws {
    try folder.addClasses()
    let (first, second) = (try Trainer(folder.request("model")), try Trainer(folder.request("model")))
    #expect(try first.run { _ in } == .finished)
    let error = #expect(throws: FoveaError.self) { try second.run { _ in } }
    #expect(error?.reason == "another training writes to it")
  }

  @Test("pictures are turned upright as EXIF says, or left as they are stored, beside their masks")
  func orientation() throws {
    // 16 x 8 pixels and orientation 6, from Pillow
    let photo = try #require(Data(base64Encoded: Self.turned))
    for number in 0..<4 {
      try folder.write(photo, "pairs/images/\(number).jpg")
      try folder.addPicture("pairs/masks/\(number).png", id: UInt8(number % 2), width: 16, height: 8)
    }
    try folder.write(
      Data(#"{"name": "t", "classes": [{"index": 0, "label": "a"}, {"index": 1, "label": "b"}]}"#.utf8),
      "pairs/labels.json")
    var request = folder.request("model", data: "pairs", epochs: 1, batch: 2)
    let upright = try Trainer(request)
    let error = #expect(throws: FoveaError.self) { try upright.run { _ in } }
    #expect(error?.reason == "is 16 x 8, its picture 8 x 16")
    request.appliesOrientation = false
    var steps = 0
    let stopped = try Trainer(request).run(shouldStop: { steps > 0 }) { if case .step = $0 { steps += 1 } }
    #expect(stopped == .finished || steps == 1)
    // a run goes on as it began
    (request.resumes, request.appliesOrientation) = (true, true)
    #expect(try Trainer(request).run { _ in } == .finished)
  }

  private static let turned =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDABsSFBcUERsXFhceHBsg"
    + "KEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSk"
    + "pKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAA"
    + "AAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAABAX/xAAUEQEAAAAAAAAAAAAAAAAA"
    + "AAAA/9oADAMBAAIRAxEAPwCcAVVf/9k="
}
