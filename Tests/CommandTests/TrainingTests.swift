import Foundation
import FoveaTestSupport
import Testing

@Suite("Training from the command line", .serialized)
struct TrainingTests {
  /// Three photos, each a class of its own, several times.
  private func photos(_ scratch: Scratch) throws {
    for (name, label) in [("chelsea.png", "cat"), ("coffee.png", "cup"), ("rocket.jpg", "rocket")] {
      for copy in 0..<4 {
        try scratch.copy(samples.appending(path: name), as: "photos/\(label)/\(copy)-\(name)")
      }
    }
  }

  private func arguments(_ scratch: Scratch, _ model: String, epochs: Int = 2) -> [String] {
    [
      "train", scratch.path("photos"), "-o", scratch.path(model), "--architecture", "fovea_nano", "--epochs",
      "\(epochs)", "--batch", "4", "--size", "32x32", "--threads", "1",
    ]
  }

  @Test("a folder of photos becomes a model folder that classify, eval and verify take")
  func folder() throws {
    let scratch = try Scratch()
    try photos(scratch)
    let outcome = try FoveaProcess.run(arguments(scratch, "model") + ["--json"])
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.objects.count == 2)
    for (index, epoch) in outcome.objects.enumerated() {
      #expect(epoch["epoch"] as? Int == index + 1)
      #expect(
        Set(epoch.keys) == [
          "epoch", "step", "rate", "loss", "validation_loss", "top1", "top5", "images_per_second", "seconds",
          "aligned", "left_out",
        ])
    }
    let model = scratch.path("model")
    for name in ["CARD.md", "config.json", "curve.png", "model.safetensors", "recipe.json", "summary.csv"] {
      #expect(scratch.exists("model/\(name)"), "\(name)")
    }
    #expect(try FoveaProcess.run(["verify", model]).status == 0)
    let answer = try FoveaProcess.run(["classify", sample("coffee.png"), "-m", model, "--json"])
    #expect((answer.objects.first?["predictions"] as? [Any])?.count == 3)
    let score = try FoveaProcess.run(["eval", scratch.path("photos"), "-m", model, "--json"])
    #expect(score.objects.first?["images"] as? Int == 12)
  }

  @Test("after kill -9 the run resumes to the bits of one that was not killed")
  func killed() throws {
    let scratch = try Scratch()
    try photos(scratch)
    try scratch.file("recipe.json", Data(#"{"save_minutes": 0.001, "mixup": 0.2, "drop_path": 0.1}"#.utf8))
    let recipe = ["--recipe", scratch.path("recipe.json")]
    #expect(try FoveaProcess.run(arguments(scratch, "whole", epochs: 40) + recipe).status == 0)
    let process = Process()
    process.executableURL = FoveaProcess.executable
    process.arguments = arguments(scratch, "killed", epochs: 40) + recipe
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    while process.isRunning, !scratch.exists("killed/state.safetensors") { usleep(1000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    let rest = ["train", scratch.path("photos"), "-o", scratch.path("killed"), "--resume", "--threads", "2"]
    let outcome = try FoveaProcess.run(rest)
    #expect(outcome.status == 0 && outcome.messages.contains("resumed after step"), "\(outcome.messages)")
    #expect(try scratch.bytes("killed/model.safetensors") == scratch.bytes("whole/model.safetensors"))
  }

  @Test("what will not do is said before the first step, with a hint and a status")
  func errors() throws {
    let scratch = try Scratch()
    try photos(scratch)
    let model = scratch.path("model")
    for (arguments, status, words) in [
      (["train", scratch.path("photos"), "-o", model], 64, "name what to train"),
      (["train", scratch.path("photos"), "-o", model, "--few"], 64, "need a trained model"),
      (
        ["train", scratch.path("photos"), "-o", model, "--architecture", "fovea_smal"], 64,
        "no model is named"
      ),
      (
        ["train", scratch.path("none"), "-o", model, "--architecture", "fovea_nano"], 66, "no such directory"
      ),
      (
        ["train", scratch.path("photos"), "-o", scratch.path(""), "--architecture", "fovea_nano"], 73,
        "is there"
      ),
    ] as [([String], Int32, String)] {
      let outcome = try FoveaProcess.run(arguments)
      #expect(outcome.status == status && outcome.messages.contains(words), "\(outcome.messages)")
      #expect(outcome.messages.contains("hint: "))
      #expect(!scratch.exists("model"))
    }
    try scratch.file("photos/dog/.keep", Data())
    let outcome = try FoveaProcess.run(arguments(scratch, "model"))
    #expect(outcome.status == 65 && outcome.messages.contains("class dog has no images"))
  }

  @Test("whenever a training is killed, what is a model folder verifies, and the run goes on")
  func killedAnywhere() throws {
    let scratch = try Scratch()
    try photos(scratch)
    let model = scratch.path("model")
    var verified = 0
    for round in 0..<10 {
      let process = Process()
      process.executableURL = FoveaProcess.executable
      process.arguments = arguments(scratch, "model", epochs: 4000) + ["--resume"]
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      while process.isRunning, !scratch.exists("model/summary.csv") { usleep(1000) }
      usleep(UInt32(20_000 + round * 7_919))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal)
      guard scratch.exists("model/config.json") else { continue }
      let outcome = try FoveaProcess.run(["verify", model])
      #expect(outcome.status == 0, "\(outcome.messages)")
      verified += 1
    }
    #expect(verified > 5)
  }

  @Test("a second training into a folder is refused with 73 while the first one runs")
  func twoRuns() throws {
    let scratch = try Scratch()
    try photos(scratch)
    let process = Process()
    process.executableURL = FoveaProcess.executable
    process.arguments = arguments(scratch, "model", epochs: 4000)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    while process.isRunning, !scratch.exists("model/state.safetensors") { usleep(1000) }
    for further in [[], ["--resume"]] {
      let outcome = try FoveaProcess.run(arguments(scratch, "model") + further)
      #expect(outcome.status == 73 && outcome.messages.contains("another training writes to it"))
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let outcome = try FoveaProcess.run(arguments(scratch, "model", epochs: 4000) + ["--few"])
    #expect(outcome.status == 64)
  }

  @Test("what was left out of a data set is in every object, and refused where that is strict")
  func leftOut() throws {
    let scratch = try Scratch()
    try photos(scratch)
    try scratch.copy(samples.appending(path: "rocket.jpg"), as: "photos/stray.jpg")
    try scratch.file("photos/cat/broken.png", Data("no picture".utf8))
    let outcome = try FoveaProcess.run(arguments(scratch, "model", epochs: 1) + ["--json"])
    #expect(outcome.status == 0 && outcome.messages.contains("left out: 1 image without a class"))
    let epoch = try #require(outcome.objects.first)
    let leftOut = try #require(epoch["left_out"] as? [String: [String: Any]])
    #expect(leftOut["unlabelled_images"]?["count"] as? Int == 1)
    #expect(leftOut["unlabelled_images"]?["first"] as? String == scratch.path("photos/stray.jpg"))
    #expect(epoch["aligned"] as? String == "by name")
    let score = try FoveaProcess.run(["eval", scratch.path("photos"), "-m", scratch.path("model"), "--json"])
    let object = try #require(score.objects.first)
    let both = try #require(object["left_out"] as? [String: [String: Any]])
    #expect(Set(both.keys) == ["unlabelled_images", "unreadable_images"] && score.status == 69)
    for verb in [
      arguments(scratch, "other") + ["--strict"],
      ["eval", scratch.path("photos"), "-m", scratch.path("model"), "--strict"],
    ] {
      let strict = try FoveaProcess.run(verb)
      #expect(strict.status == 65 && strict.output.isEmpty && !scratch.exists("other"))
      #expect(strict.messages.contains("left out: 1 image without a class (first: "))
    }
  }

  @Test("a fit in closed form prints its object")
  func few() throws {
    let scratch = try Scratch()
    try photos(scratch)
    let outcome = try FoveaProcess.run([
      "train", scratch.path("photos"), "-o", scratch.path("model"), "--init", "fovea_small_tiny_imagenet",
      "--few", "--json",
    ])
    #expect(outcome.status == 0 && outcome.objects.count == 1)
    #expect(
      outcome.objects.first.map { Set($0.keys) }
        == ["images", "left_out_top1", "top1", "top5", "aligned", "left_out"])
    #expect(outcome.objects.first?["images"] as? Int == 12)
  }
}
