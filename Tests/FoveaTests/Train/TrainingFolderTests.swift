import Fovea
import Foundation
import Testing

@Suite("Folders to learn from", .serialized)
struct TrainingFolderTests {
  @Test("train is taken whatever lies beside it, and measured with a part of its own where there is no val")
  func training() throws {
    let folder = try PictureFolder()
    try folder.addClasses(3, images: 10, under: "classes/train")
    try folder.addClasses(3, images: 2, under: "classes/test")
    try folder.addPairs(images: 10, under: "halves/train")
    try folder.addPairs(images: 2, under: "halves/test")
    let classes = try Trainer(folder.request("model", data: "classes"))
    #expect(classes.labels == ["class0", "class1", "class2"])
    #expect(classes.imageCount == 27 && classes.validationCount == 3)
    let halves = try Trainer(folder.request("model", data: "halves"))
    #expect(halves.hasMasks && halves.labels == ["red", "blue"])
    #expect(halves.imageCount == 9 && halves.validationCount == 1)
    try folder.addClasses(3, images: 4, under: "classes/val")
    let measured = try Trainer(folder.request("model", data: "classes"))
    #expect(measured.imageCount == 30 && measured.validationCount == 12)
  }

  @Test("pictures in a folder named train are a class of trains")
  func trains() throws {
    let folder = try PictureFolder()
    try folder.addClasses()
    try FileManager.default.moveItem(atPath: folder.path("data/class0"), toPath: folder.path("data/train"))
    #expect(try Trainer(folder.request("model")).labels == ["class1", "train"])
  }

  @Test("classes without a pixel in the masks are named", arguments: [Recipe.ClassWeighting.none, .balanced])
  func missingPixels(weighting: Recipe.ClassWeighting) throws {
    let folder = try PictureFolder()
    try folder.addPairs(images: 4)
    let labels = """
      {"name": "parts", "classes": [{"index": 0, "label": "red"}, {"index": 1, "label": "green"},
       {"index": 2, "label": "blue"}, {"index": 3, "label": "grey"}],
       "mask_ids": {"classes": {"0": 0, "1": 2, "2": 1, "3": 3}, "ignored": [255]}}
      """
    try folder.write(Data(labels.utf8), "pairs/labels.json")
    let request = folder.request("model", data: "pairs", epochs: 1) { $0.classWeights = weighting }
    var notes: [String] = []
    try Trainer(request).run { if case .note(let text) = $0 { notes.append(text) } }
    #expect(notes.contains("no pixel of green, grey in the masks to learn from"), "\(notes)")
  }

  @Test("a class whose pictures cannot be read is an error that names it")
  func unreadableClass() throws {
    let folder = try PictureFolder()
    try folder.addClasses(images: 8)
    try Trainer(folder.request("start", epochs: 1) { $0.average = 0 }).run { _ in }
    for number in 0..<2 { try folder.write(Data("no picture".utf8), "data/class2/\(number).png") }
    for method in [TrainingRequest.Method.whole, .head, .few] {
      var request = folder.request("\(method)", epochs: 1) { $0.validationPart = 0 }
      if method != .whole { (request.architecture, request.start) = (nil, .folder(folder.path("start"))) }
      request.method = method
      let error = #expect(throws: FoveaError.self) { try Trainer(request).run { _ in } }
      #expect(error?.reason == "class class2 has no image that can be read", "\(method)")
      #expect(error?.path == folder.path("data/class2") && error?.status == .badData)
    }
  }
}
