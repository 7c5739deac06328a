import Foundation
import FoveaTestSupport
import Testing

@Suite("Configs at the command")
struct ConfigurationTests {
  private func golden(_ name: String, _ file: String) -> String {
    fixtures.appending(path: "goldens/\(name)/\(file)").path(percentEncoded: false)
  }

  @Test("models NAME --config prints a whole config, of an architecture and of a model")
  func example() throws {
    for name in ["mila_tiny", "efficientvit_seg_b0_cityscapes", "fovea_nano_camvid"] {
      let outcome = try FoveaProcess.run(["models", name, "--config"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      let config = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      let fovea = config?["fovea"] as? [String: Any]
      #expect((fovea?["architecture"] as? [String: Any])?["family"] != nil)
      #expect((config?["pretrained_cfg"] as? [String: Any])?["input_size"] != nil)
      #expect((fovea?["logits_upsampling"] == nil) == (name == "mila_tiny"))
    }
    #expect(try FoveaProcess.run(["models", "--config"]).status == 64)
    #expect(try FoveaProcess.run(["models", "mila_tiny", "--config", "--json"]).status == 64)
    #expect(try FoveaProcess.run(["models", "mila_tinny", "--config"]).status == 64)
  }

  @Test("a segmenter converted without logits_upsampling segments, and its default is said")
  func segmenter() throws {
    let scratch = try Scratch()
    let (name, model) = ("efficientvit_seg_b_tiny_dims", scratch.path("model"))
    let conversion = try FoveaProcess.run([
      "convert", golden(name, "checkpoint.pth"), "--config", golden(name, "config.json"), "-o", model,
    ])
    #expect(conversion.status == 0, "\(conversion.messages)")
    #expect(conversion.messages.contains("a segmenter without logits_upsampling: bicubic"))
    let mask = scratch.path("mask.png")
    let segmented = try FoveaProcess.run(["segment", sample("china.jpg"), "-m", model, "-o", mask])
    #expect(segmented.status == 0, "\(segmented.messages)")
    let classified = try FoveaProcess.run(["classify", sample("china.jpg"), "-m", model])
    #expect(classified.status == 64)
    #expect(classified.messages.contains("is a model for segmentation, not for classification"))
    // a folder whose config says nothing is one too
    var config = try #require(
      try JSONSerialization.jsonObject(with: scratch.bytes("model/config.json")) as? [String: Any])
    var fovea = try #require(config["fovea"] as? [String: Any])
    #expect(fovea.removeValue(forKey: "logits_upsampling") as? String == "bicubic")
    config["fovea"] = fovea
    try scratch.file("model/config.json", JSONSerialization.data(withJSONObject: config))
    let again = try FoveaProcess.run([
      "segment", sample("china.jpg"), "-m", model, "-o", scratch.path("b.png"),
    ])
    #expect(again.status == 0 && again.messages.contains("bicubic, as the family has it"))
    #expect(try scratch.bytes("b.png") == scratch.bytes("mask.png"))
  }

  @Test("a contradiction in a folder is 65 with both keys and a hint")
  func contradiction() throws {
    let scratch = try Scratch()
    try scratch.copy(URL(filePath: golden("mila_tiny_dims", "checkpoint.pth")), as: "m/pytorch_model.bin")
    var config = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(filePath: golden("mila_tiny_dims", "config.json")))) as? [String: Any])
    config["label_names"] = (0..<10).map { "name \($0)" }
    config["id2label"] = Dictionary(uniqueKeysWithValues: (0..<10).map { ("\($0)", "name \(9 - $0)") })
    try scratch.file("m/config.json", JSONSerialization.data(withJSONObject: config))
    let outcome = try FoveaProcess.run(["classify", sample("coffee.png"), "-m", scratch.path("m")])
    #expect(outcome.status == 65)
    #expect(
      outcome.messages.contains(
        "label_names in config.json is \"name 0\" for class 0, but id2label in config.json is \"name 9\" for class 0"
      ))
    #expect(outcome.messages.contains("hint: one of them is wrong"))
    config["id2label"] = nil
    try scratch.file("m/config.json", JSONSerialization.data(withJSONObject: config))
    let good = try FoveaProcess.run(["classify", sample("coffee.png"), "-m", scratch.path("m"), "--json"])
    #expect(good.status == 0, "\(good.messages)")
    #expect(good.output.contains("name "))
  }

  @Test("what was taken off a checkpoint is said when it is converted and when its folder is loaded")
  func notes() throws {
    let scratch = try Scratch()
    try scratch.copy(URL(filePath: golden("mila_tiny_dims", "config.json")), as: "m/config.json")
    try scratch.copy(URL(filePath: golden("mila_tiny_dims", "checkpoint.pth")), as: "m/pytorch_model.bin")
    let loaded = try FoveaProcess.run([
      "features", sample("coffee.png"), "-m", scratch.path("m"), "-o", scratch.path("f"),
    ])
    #expect(loaded.status == 0, "\(loaded.messages)")
    #expect(loaded.messages.contains("left out of fovea.architecture, which has no such numbers: patch_size"))
  }
}
