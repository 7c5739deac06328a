import Foundation
import FoveaTestSupport
import Testing

@Suite("Converting checkpoints")
struct ConversionTests {
  /// Golden folders with the authors' own checkpoint and one input.
  static let families = [
    "efficientvit_b_tiny_dims", "efficientvit_l_tiny_dims", "efficientvit_seg_b_tiny_dims",
    "flatten_pvt_tiny_dims",
    "flatten_pvt_v2_tiny_dims", "flatten_swin_tiny_dims", "flatten_cswin_tiny_dims", "mila_tiny_dims",
  ]

  @Test("an authors' checkpoint becomes a folder whose features are the authors'", arguments: families)
  func golden(_ name: String) throws {
    let golden = fixtures.appending(path: "goldens/\(name)")
    func path(_ file: String) -> String { golden.appending(path: file).path(percentEncoded: false) }
    let scratch = try Scratch()
    let model = scratch.path("model")
    let conversion = try FoveaProcess.run(
      ["convert", path("checkpoint.pth"), "--config", path("config.json"), "-o", model, "--json"])
    #expect(conversion.status == 0, "\(conversion.messages)")
    #expect(
      conversion.objects.map { Set($0.keys) } == [["path", "architecture", "classes", "parameters", "notes"]])
    #expect(
      scratch.files.map { $0.dropFirst("model/".count) } == ["CARD.md", "config.json", "model.safetensors"])

    let features = try FoveaProcess.run(
      [
        "features", "--tensor", path("golden.safetensors"), "-m", model, "-o", scratch.path("out"), "--stage",
        "logits",
      ])
    #expect(features.status == 0, "\(features.messages)")
    let actual = try SafetensorsFile(scratch.url.appending(path: "out")).floats("logits")
    let expected = try SafetensorsFile(golden.appending(path: "golden.safetensors")).floats("y")
    #expect(actual.count == expected.count && !actual.isEmpty)
    let worst = greatestDistance(actual, expected)
    #expect(worst <= 1e-4 * (expected.map(abs).max() ?? 0), "\(worst)")
  }

  @Test("a folder that holds anything but a model is left alone, and so is the checkpoint's own")
  func replacing() throws {
    let scratch = try Scratch()
    let golden = fixtures.appending(path: "goldens/efficientvit_b_tiny_dims")
    let config = golden.appending(path: "config.json").path(percentEncoded: false)
    let checkpoint = try scratch.copy(golden.appending(path: "checkpoint.pth"), as: "b/checkpoint.pth")
    try scratch.file("other/thesis.txt", Data("years".utf8))
    let copied = try scratch.copy(golden.appending(path: "config.json"), as: "c/config.json")
    for (folder, status) in [("other", 73), ("b", 64), ("c", 64), ("new", 0), ("new", 0)] {
      let outcome = try FoveaProcess.run(
        [
          "convert", checkpoint, "--config", folder == "c" ? copied : config, "-o", scratch.path(folder),
        ])
      #expect(outcome.status == status, "\(folder): \(outcome.messages)")
    }
    #expect(
      scratch.files == [
        "b/checkpoint.pth", "c/config.json", "new/CARD.md", "new/config.json", "new/model.safetensors",
        "other/thesis.txt",
      ])
  }

  @Test("verify finds a changed byte")
  func verification() throws {
    let scratch = try Scratch()
    let golden = fixtures.appending(path: "goldens/efficientvit_b_tiny_dims")
    func path(_ file: String) -> String { golden.appending(path: file).path(percentEncoded: false) }
    let model = scratch.path("model")
    _ = try FoveaProcess.run([
      "convert", path("checkpoint.pth"), "--config", path("config.json"), "-o", model,
    ])
    let good = try FoveaProcess.run(["verify", model, "--json"])
    #expect(good.status == 0, "\(good.messages)")
    #expect(
      good.objects.map { Set($0.keys) } == [["path", "tensors", "parameters", "weights_sha256", "stated"]])
    var weights = try scratch.bytes("model/model.safetensors")
    weights[weights.count - 3] ^= 1
    try scratch.file("model/model.safetensors", weights)
    let bad = try FoveaProcess.run(["verify", model])
    #expect(bad.status == 65)
    #expect(bad.messages.contains("SHA-256"))
  }

  @Test("a pickle that calls a function is refused by name, and nothing is written")
  func hostile() throws {
    let scratch = try Scratch()
    let path = fixtures.appending(path: "checkpoints/bad_global_os_system.pkl").path(percentEncoded: false)
    let outcome = try FoveaProcess.run(["convert", path, "-o", scratch.path("model")])
    #expect(outcome.status == 65)
    #expect(outcome.messages.contains("system"), "\(outcome.messages)")
    #expect(scratch.files.isEmpty && !scratch.exists("model"))
  }

  @Test("a checkpoint of another family is refused with every tensor, and a folder that was there stays")
  func otherFamily() throws {
    let scratch = try Scratch()
    let goldens = fixtures.appending(path: "goldens")
    func path(_ file: String) -> String { goldens.appending(path: file).path(percentEncoded: false) }
    try scratch.file("model/config.json", Data("{}".utf8))
    let outcome = try FoveaProcess.run([
      "convert", path("mila_tiny_dims/checkpoint.pth"), "--config",
      path("efficientvit_b_tiny_dims/config.json"), "-o",
      scratch.path("model"),
    ])
    #expect(outcome.status == 65)
    #expect(outcome.messages.contains("  missing ") && outcome.messages.contains("  unexpected "))
    #expect(scratch.files == ["model/config.json"])
  }

  @Test("a point cuts a mask out of a photo with a Segment Anything model, and says how sure it is")
  func prompt() throws {
    let scratch = try Scratch()
    let golden = fixtures.appending(path: "goldens/efficientvit_sam_tiny_dims")
    func path(_ file: String) -> String { golden.appending(path: file).path(percentEncoded: false) }
    let model = scratch.path("sam")
    let conversion = try FoveaProcess.run(
      ["convert", path("checkpoint.pth"), "--config", path("config.json"), "-o", model])
    #expect(conversion.status == 0, "\(conversion.messages)")
    let outcome = try FoveaProcess.run([
      "segment", sample("coffee.png"), "-m", model, "-o", scratch.path("m.png"), "--point", "300,200",
      "--point",
      "10,10,0", "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.objects.map { Set($0.keys) } == [["path", "mask", "score"]])
    let mask = try scratch.bytes("m.png")
    // 600 × 400, 8 bits, grey.
    #expect(Array(mask[16..<26]) == [0, 0, 2, 88, 0, 0, 1, 144, 8, 0])
    let plain = try FoveaProcess.run([
      "segment", sample("coffee.png"), "-m", model, "-o", scratch.path("n.png"),
    ])
    #expect(plain.status == 64)
    let wrong = try FoveaProcess.run([
      "segment", sample("coffee.png"), "-m", "fovea_nano_camvid", "-o", scratch.path("n.png"), "--point",
      "1,1",
    ])
    #expect(wrong.status == 64 && !scratch.exists("n.png"))
    let fitted = try FoveaProcess.run([
      "segment", sample("coffee.png"), "-m", model, "-o", scratch.path("n.png"), "--point", "1,1", "--fit",
      "stretch",
    ])
    #expect(fitted.status == 64 && fitted.messages.contains("a fit does not go with"))
    #expect(!scratch.exists("n.png"))
  }
}
