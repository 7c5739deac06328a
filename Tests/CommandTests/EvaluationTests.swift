import Foundation
import FoveaTestSupport
import Testing

@Suite("Evaluation")
struct EvaluationTests {
  @Test("folders are matched by label, and top-1 counts the first answer alone")
  func folders() throws {
    let scratch = try Scratch()
    // What PyTorch says first of each: Egyptian cat, espresso, dumbbell; tabby comes third for chelsea.
    for (photo, label) in [
      ("chelsea.png", "tabby"), ("coffee.png", "espresso"), ("astronaut.png", "dumbbell"),
    ] {
      try scratch.copy(samples.appending(path: photo), as: "\(label)/\(photo)")
    }
    let outcome = try FoveaProcess.run(["eval", scratch.path(""), "--json"])
    #expect(outcome.status == 0, "\(outcome.messages)")
    let score = try #require(outcome.objects.first)
    #expect(abs((score["top1"] as? Double ?? 0) - 2.0 / 3) < 1e-9)
    #expect(score["top5"] as? Double == 1)
    #expect(score["images"] as? Int == 3)
  }

  @Test("folders of other names are taken in sorted order where the counts agree, which is said")
  func sortedFolders() throws {
    let scratch = try Scratch()
    for index in 0..<200 {
      try scratch.copy(samples.appending(path: "rocket.jpg"), as: "class\(index)/photo.jpg")
    }
    let outcome = try FoveaProcess.run(["eval", scratch.path(""), "--json"])
    #expect(outcome.messages.contains("sorted order"))
    // The same photo in all classes: one is right.
    #expect(abs((outcome.objects.first?["top1"] as? Double ?? 0) - 1.0 / 200) < 1e-9)
    #expect(abs((outcome.objects.first?["top5"] as? Double ?? 0) - 5.0 / 200) < 1e-9)
  }

  @Test("folders that are no labels are refused")
  func strangers() throws {
    let scratch = try Scratch()
    try scratch.copy(samples.appending(path: "coffee.png"), as: "unicorn/photo.png")
    let outcome = try FoveaProcess.run(["eval", scratch.path("")])
    #expect(outcome.status == 65)
    #expect(outcome.messages.contains("is no label of the model"))
  }

  @Test("a mask that the model itself wrote is met in every pixel")
  func pairs() throws {
    let scratch = try Scratch()
    let photo = try scratch.copy(samples.appending(path: "china.jpg"), as: "images/china.jpg")
    #expect(try FoveaProcess.run(["segment", photo, "-o", scratch.path("masks/china.png")]).status == 0)
    let outcome = try FoveaProcess.run(["eval", scratch.path(""), "--json"])
    let score = try #require(outcome.objects.first)
    #expect(Set(score.keys) == ["miou", "pixel_accuracy", "images", "classes"])
    #expect(score["miou"] as? Double == 1 && score["pixel_accuracy"] as? Double == 1)
    let classes = try #require(score["classes"] as? [[String: Any]])
    #expect(classes.count == 11 && classes.allSatisfy { Set($0.keys) == ["label", "iou"] })
  }
}
