import Foundation
import FoveaTestSupport
import Testing

@Suite("Points and boxes")
struct PromptTests {
  /// Segment Anything at tiny dimensions, in a folder of its own.
  private func model(_ scratch: Scratch) throws -> String {
    let golden = fixtures.appending(path: "goldens/efficientvit_sam_tiny_dims")
    func path(_ file: String) -> String { golden.appending(path: file).path(percentEncoded: false) }
    let model = scratch.path("sam")
    let conversion = try FoveaProcess.run(
      ["convert", path("checkpoint.pth"), "--config", path("config.json"), "-o", model])
    #expect(conversion.status == 0, "\(conversion.messages)")
    return model
  }

  /// The arguments for the sample of 600 x 400 pixels.
  private func arguments(_ model: String, _ output: String) -> [String] {
    ["segment", sample("coffee.png"), "-m", model, "-o", output]
  }

  @Test("points and boxes outside the picture are refused, and a box may end at its width and height")
  func places() throws {
    let scratch = try Scratch()
    let model = try model(scratch)
    let outside = "outside the picture of 600 x 400 pixels"
    for (prompt, words) in [
      (["--point", "600,10"], "PICTURE: the point 600,10 is \(outside)"),
      (["--point", "10,400"], "PICTURE: the point 10,400 is \(outside)"),
      (["--point", "3,3", "--point", "700,1,0"], "PICTURE: the point 700,1 is \(outside)"),
      (["--box", "10,10,601,20"], "PICTURE: the box 10,10,601,20 reaches \(outside)"),
      (["--box", "10,10,20,401"], "PICTURE: the box 10,10,20,401 reaches \(outside)"),
      (["--box", "1,1,9,9", "--box", "700,10,720,20"], "PICTURE: the box 700,10,720,20 reaches \(outside)"),
      (["--box", "30,10,20,20"], "30,10,20,20: its right border is not right of its left one"),
      (["--box", "10,20,20,20"], "10,20,20,20: its lower border is not below its upper one"),
    ] {
      let outcome = try FoveaProcess.run(arguments(model, scratch.path("none/")) + prompt)
      #expect(outcome.status == 64, "\(prompt)")
      let lines = outcome.messages.split(separator: "\n")
      #expect(
        lines.count == 2
          && lines[0] == "fovea: " + words.replacingOccurrences(of: "PICTURE", with: sample("coffee.png")),
        "\(lines)")
      #expect(lines.last?.hasPrefix("hint: ") == true && !scratch.exists("none/coffee.png"))
    }
    for prompt in [["--point", "599,399"], ["--box", "0,0,600,400"]] {
      let outcome = try FoveaProcess.run(arguments(model, scratch.path("mask.png")) + prompt)
      #expect(outcome.status == 0, "\(outcome.messages)")
    }
  }

  @Test("several boxes make a mask each, as each box does alone, in a folder")
  func boxes() throws {
    let scratch = try Scratch()
    let model = try model(scratch)
    let boxes = ["40,30,300,200", "250,100,600,400"]
    var alone: [Data] = []
    for box in boxes {
      #expect(try FoveaProcess.run(arguments(model, scratch.path("one.png")) + ["--box", box]).status == 0)
      alone.append(try scratch.bytes("one.png"))
    }
    let both = boxes.flatMap { ["--box", $0] }
    let outcome = try FoveaProcess.run(
      arguments(model, scratch.path("masks")) + both + ["--overlay", scratch.path("seen"), "--json"])
    #expect(outcome.status == 0, "\(outcome.messages)")
    let objects = outcome.objects
    #expect(
      objects.map { Set($0.keys) } == Array(repeating: ["path", "mask", "overlay", "box", "score"], count: 2))
    #expect(objects.map { $0["box"] as? [Int] } == [[40, 30, 300, 200], [250, 100, 600, 400]])
    for index in 0..<2 {
      #expect(objects[index]["mask"] as? String == scratch.path("masks/coffee-box-\(index).png"))
      #expect(try scratch.bytes("masks/coffee-box-\(index).png") == alone[index])
      #expect(scratch.exists("seen/coffee-box-\(index).png"))
    }
    let file = try FoveaProcess.run(arguments(model, scratch.path("many.png")) + both)
    #expect(file.status == 64 && file.messages.contains("there are 2 masks of each picture"))
  }

  @Test("--multimask writes all proposals in the model's order, with their scores")
  func proposals() throws {
    let scratch = try Scratch()
    let model = try model(scratch)
    let prompt = ["--point", "300,200", "--point", "10,10,0"]
    let best = try FoveaProcess.run(arguments(model, scratch.path("best.png")) + prompt + ["--json"])
    let outcome = try FoveaProcess.run(
      arguments(model, scratch.path("masks/")) + prompt + ["--multimask", "--json"])
    #expect(outcome.status == 0, "\(outcome.messages)")
    let objects = outcome.objects
    #expect(
      objects.map { Set($0.keys) } == Array(repeating: ["path", "mask", "candidate", "score"], count: 3))
    #expect(objects.map { $0["candidate"] as? Int } == [0, 1, 2])
    let scores = objects.compactMap { $0["score"] as? Double }
    let first = try #require(scores.max().flatMap(scores.firstIndex))
    #expect(best.objects.first?["score"] as? Double == scores[first])
    #expect(try scratch.bytes("masks/coffee-mask-\(first).png") == scratch.bytes("best.png"))
    let text = try FoveaProcess.run(
      arguments(model, scratch.path("masks/")) + ["--multimask", "--box", "9,9,90,90", "--box", "1,1,50,50"])
    #expect(text.lines.count == 6 && text.lines.allSatisfy { $0.contains("  score ") })
    #expect(scratch.exists("masks/coffee-box-1-mask-2.png"))
    let alone = try FoveaProcess.run(arguments(model, scratch.path("none.png")) + ["--multimask"])
    #expect(alone.status == 64 && alone.messages.contains("--multimask goes with --point or --box"))
  }
}
