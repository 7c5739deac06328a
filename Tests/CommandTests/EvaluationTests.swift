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
    #expect(outcome.messages.contains("aligned by order: ") && outcome.messages.contains("sorted order"))
    #expect(outcome.objects.first?["aligned"] as? String == "by order")
    let strict = try FoveaProcess.run(["eval", scratch.path(""), "--strict"])
    #expect(
      strict.status == 65 && strict.output.isEmpty && strict.messages.contains("is no label of the model"))
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
    #expect(Set(score.keys) == ["miou", "pixel_accuracy", "images", "classes", "aligned", "left_out"])
    #expect(score["miou"] as? Double == 1 && score["pixel_accuracy"] as? Double == 1)
    let classes = try #require(score["classes"] as? [[String: Any]])
    #expect(classes.count == 11 && classes.allSatisfy { Set($0.keys) == ["label", "iou"] })
  }

  @Test("masks of the model's classes in another order are met in every pixel, and others are refused")
  func otherOrder() throws {
    let scratch = try Scratch()
    let photo = try scratch.copy(samples.appending(path: "china.jpg"), as: "images/china.jpg")
    #expect(try FoveaProcess.run(["segment", photo, "-o", scratch.path("masks/china.png")]).status == 0)
    let camvid = [
      "sky", "building", "pole", "road", "pavement", "tree", "sign symbol", "fence", "car", "pedestrian",
      "bicyclist",
    ]
    let known = try JSONSerialization.jsonObject(
      with: Data(contentsOf: repositoryRoot.appending(path: "datasets/camvid/labels.json")))
    let classes = try #require((known as? [String: Any])?["classes"] as? [[String: Any]])
    let labels = classes.compactMap { $0["label"] as? String }
    #expect(labels.count == camvid.count)
    // the same masks, whose ids are said to be of classes in reverse order
    let reversed = labels.reversed().enumerated().map { #"{"index": \#($0), "label": "\#($1)"}"# }
    let ids = labels.indices.map { "\"\($0)\": \(10 - $0)" }.joined(separator: ", ")
    try scratch.file(
      "labels.json",
      Data(
        #"{"name": "x", "classes": [\#(reversed.joined(separator: ","))], "mask_ids": {"classes": {\#(ids)}, "ignored": []}}"#
          .utf8))
    let outcome = try FoveaProcess.run(["eval", scratch.path(""), "--strict", "--json"])
    #expect(outcome.objects.first?["miou"] as? Double == 1, "\(outcome.messages)")
    #expect(outcome.objects.first?["aligned"] as? String == "by name")
    for dataset in ["cityscapes", "ade20k"] {
      let other = try FoveaProcess.run(["eval", scratch.path(""), "--dataset", dataset, "--json"])
      #expect(other.status == 65 && other.output.isEmpty)
      #expect(other.messages.contains("and there are 11 labels of the model"))
    }
  }

  @Test("masks that are all ignored have no score, and that is said")
  func allIgnored() throws {
    let scratch = try Scratch()
    let photo = try scratch.copy(samples.appending(path: "china.jpg"), as: "images/china.jpg")
    #expect(try FoveaProcess.run(["segment", photo, "-o", scratch.path("masks/china.png")]).status == 0)
    let classes = (0..<11).map { #"{"index": \#($0), "label": "\#($0)"}"# }.joined(separator: ",")
    let camvid = try String(
      decoding: Data(contentsOf: repositoryRoot.appending(path: "datasets/camvid/labels.json")), as: UTF8.self
    )
    #expect(!classes.isEmpty && camvid.contains("mask_ids"))
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(camvid.utf8)) as? [String: Any])
    object["mask_ids"] = ["classes": [:], "ignored": Array(0...11)] as [String: Any]
    object["classes"] = (object["classes"] as? [[String: Any]])?.map { $0.filter { $0.key != "color" } }
    try scratch.file("labels.json", JSONSerialization.data(withJSONObject: object))
    let outcome = try FoveaProcess.run(["eval", scratch.path(""), "--json"])
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.messages.contains("no pixel of its masks has a class"))
  }

  @Test("where no picture can be measured the first one's reason is told, then the count of each")
  func noneMeasured() throws {
    let scratch = try Scratch()
    for number in 0..<3 {
      try scratch.copy(samples.appending(path: "china.jpg"), as: "images/\(number).jpg")
      try scratch.copy(samples.appending(path: "rocket.jpg"), as: "masks/\(number).jpg")
    }
    let outcome = try FoveaProcess.run(["eval", scratch.path(""), "-m", "fovea_nano_camvid"])
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.messages.hasPrefix("fovea: \(scratch.path("masks/0.jpg")): is a JPEG"))
    #expect(outcome.messages.contains("\n  3 x is a JPEG"))
  }
}
