import Foundation
import FoveaTestSupport
import Testing

@Suite("Model folders")
struct ModelFolderTests {
  private let model = repositoryRoot.appending(path: "models/fovea_small_tiny_imagenet")

  private func copy(_ scratch: Scratch, as name: String = "model") throws -> String {
    try scratch.copy(model.appending(path: "config.json"), as: "\(name)/config.json")
    try scratch.copy(model.appending(path: "model.safetensors"), as: "\(name)/model.safetensors")
    return scratch.path(name)
  }

  @Test("a folder without a config, or without weights, is 65")
  func missingFiles() throws {
    let scratch = try Scratch()
    for name in ["config.json", "model.safetensors"] {
      let folder = try copy(scratch)
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      let outcome = try FoveaProcess.run(["classify", sample("coffee.png"), "-m", folder])
      #expect(outcome.status == 65)
      #expect(outcome.messages.hasPrefix("fovea: \(folder): the model folder has no \(name)\nhint: "))
    }
  }

  @Test("missing, unexpected and misshapen tensors are all listed at once, with both shapes")
  func tensors() throws {
    let scratch = try Scratch()
    let folder = try copy(scratch)
    var weights = try scratch.bytes("model/model.safetensors")
    // Same lengths, so that the header stays whole: one tensor gets another name, one another shape.
    for (old, new) in [
      ("\"backbone.stages.3.1.attention.proj.bias\"", "\"backbone.stages.3.1.attention.proj.bios\""),
      ("[1024,1,3,3]", "[1024,3,1,3]"),
    ] {
      let range = try #require(weights.range(of: Data(old.utf8)))
      weights.replaceSubrange(range, with: Data(new.utf8))
    }
    try scratch.file("model/model.safetensors", weights)
    let outcome = try FoveaProcess.run(["classify", sample("coffee.png"), "-m", folder])
    #expect(outcome.status == 65)
    let lines = outcome.messages.split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("fovea: \(folder): ") == true)
    #expect(lines.contains { $0.contains("missing backbone.stages.3.1.attention.proj.bias") }, "\(lines)")
    #expect(lines.contains { $0.contains("unexpected backbone.stages.3.1.attention.proj.bios") }, "\(lines)")
    #expect(lines.contains { $0.contains("[1024, 1, 3, 3]") && $0.contains("[1024, 3, 1, 3]") }, "\(lines)")
    #expect(lines.last?.hasPrefix("hint: ") == true)
  }

  @Test("a model is found by name in the working directory, in $FOVEA_MODELS and inside the binary")
  func search() throws {
    let (here, elsewhere) = (try Scratch(), try Scratch())
    _ = try copy(here, as: "models/mine")
    _ = try copy(elsewhere, as: "other")
    let photo = sample("coffee.png")
    #expect(try FoveaProcess.run(["classify", photo, "-m", "mine"], in: here.url).status == 0)
    #expect(try FoveaProcess.run(["classify", photo, "-m", "mine"], in: elsewhere.url).status == 64)
    let environment = ["FOVEA_MODELS": "/nowhere:" + elsewhere.path("")]
    #expect(
      try FoveaProcess.run(["classify", photo, "-m", "other"], environment: environment, in: here.url).status
        == 0)
    #expect(
      try FoveaProcess.run(["classify", photo, "-m", "fovea_small_tiny_imagenet"], in: elsewhere.url).status
        == 0)
  }

  @Test("a folder that is no model hides no other, and its name means the one that is")
  func badFolders() throws {
    let scratch = try Scratch()
    try scratch.file("models/broken/config.json", Data("{}".utf8))
    try scratch.file("models/fovea_small_camvid/notes.txt", Data("later".utf8))
    let listed = try FoveaProcess.run(["models", "--json"], in: scratch.url)
    #expect(listed.status == 65 && listed.messages.contains("models/broken"))
    #expect(listed.objects.contains { $0["name"] as? String == "fovea_small_camvid" })
    let mask = scratch.path("mask.png")
    #expect(
      try FoveaProcess.run(
        ["segment", sample("china.jpg"), "-m", "fovea_small_camvid", "-o", mask], in: scratch.url
      )
      .status == 0)
  }

  @Test("a segmenter cannot classify, and says so")
  func wrongTask() throws {
    let outcome = try FoveaProcess.run(["classify", sample("coffee.png"), "-m", "fovea_nano_camvid"])
    #expect(outcome.status == 64)
    #expect(outcome.messages.contains("is a model for segmentation, not for classification"))
  }
}
