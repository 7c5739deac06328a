import Foundation
import FoveaTestSupport
import Testing

/// The classifier inside the binary as a folder, whose logits are the same for every picture: those that are given,
/// and 0.
private struct ConstantModel {
  let scratch = try? Scratch()
  let path: String

  init(_ logits: [Int: UInt16]) throws {
    let scratch = try #require(scratch)
    let model = repositoryRoot.appending(path: "models/fovea_small_tiny_imagenet")
    try scratch.copy(model.appending(path: "config.json"), as: "model/config.json")
    var file = try Data(contentsOf: model.appending(path: "model.safetensors"))
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(length))
    for name in ["head.weight", "head.bias"] {
      let entry = try #require((header as? [String: Any])?[name] as? [String: Any])
      #expect(entry["dtype"] as? String == "F16")
      let range = try #require(entry["data_offsets"] as? [Int])
      let start = 8 + length + range[0]
      file.replaceSubrange(start..<8 + length + range[1], with: Data(count: range[1] - range[0]))
      guard name == "head.bias" else { continue }
      for (index, bits) in logits {
        file[start + 2 * index] = UInt8(bits & 0xFF)
        file[start + 2 * index + 1] = UInt8(bits >> 8)
      }
    }
    try scratch.file("model/model.safetensors", file)
    path = scratch.path("model")
  }
}

@Suite("The order of classes")
struct RankingTests {
  // float16: 300 leaves the others a probability of 0, and yet 3 comes before 2, and 2 before 0
  private let far: [Int: UInt16] = [7: 0x5CB0, 5: 0x4000, 150: 0x4200]

  private func indices(_ outcome: Outcome) -> [Int] {
    let predictions = outcome.objects.first?["predictions"] as? [[String: Any]] ?? []
    return predictions.compactMap { $0["index"] as? Int }
  }

  @Test("classes come by their logits where their probabilities are the same, equal ones by their index")
  func logits() throws {
    let model = try ConstantModel(far)
    let photo = sample("coffee.png")
    let answer = try FoveaProcess.run(["classify", photo, "-m", model.path, "--json"])
    #expect(indices(answer) == [7, 150, 5, 0, 1], "\(answer.messages)")
  }

  @Test("top-1 and top-5 count by the same order")
  func evaluation() throws {
    let model = try ConstantModel(far)
    let answer = try FoveaProcess.run(
      ["classify", sample("coffee.png"), "-m", model.path, "--json", "--top", "200"])
    let predictions = answer.objects.first?["predictions"] as? [[String: Any]] ?? []
    for (place, (top1, top5)) in [(0, (1.0, 1.0)), (1, (0, 1)), (4, (0, 1)), (5, (0, 0)), (199, (0, 0))] {
      let label = try #require(predictions[place]["label"] as? String)
      let scratch = try Scratch()
      try scratch.copy(samples.appending(path: "coffee.png"), as: "\(label)/a.png")
      let score = try FoveaProcess.run(["eval", scratch.path(""), "-m", model.path, "--json"])
      #expect(score.objects.first?["top1"] as? Double == top1, "place \(place): \(score.messages)")
      #expect(score.objects.first?["top5"] as? Double == top5, "place \(place)")
      #expect(score.objects.first?["undecided"] == nil)
    }
  }

  @Test("a logit that is no number, or is infinitely large, is an error of classify")
  func noNumbers() throws {
    for bits in [0x7E00, 0xFE00, 0x7C00] as [UInt16] {
      let model = try ConstantModel([3: 0x4000, 9: bits])
      let answer = try FoveaProcess.run(["classify", sample("coffee.png"), "-m", model.path, "--json"])
      #expect(answer.status == 65)
      #expect(answer.objects.first?["error"] as? String == "the model's logits are no numbers")
      #expect(answer.objects.first?["status"] as? Int == 65)
    }
    // one that is infinitely small only never comes first
    let model = try ConstantModel([3: 0x4000, 0: 0xFC00])
    let answer = try FoveaProcess.run(
      ["classify", sample("coffee.png"), "-m", model.path, "--json", "--top", "200"])
    #expect(answer.status == 0 && indices(answer).first == 3 && indices(answer).last == 0)
  }

  @Test("eval counts a picture without an answer as wrong, and says how many; features names the map")
  func measured() throws {
    let model = try ConstantModel([9: 0x7E00])
    let scratch = try Scratch()
    for name in ["espresso/a.png", "tabby/b.png"] {
      try scratch.copy(samples.appending(path: "coffee.png"), as: "photos/\(name)")
    }
    let score = try FoveaProcess.run(["eval", scratch.path("photos"), "-m", model.path, "--json"])
    #expect(score.status == 0)
    #expect(score.objects.first?["images"] as? Int == 2 && score.objects.first?["undecided"] as? Int == 2)
    #expect(score.objects.first?["top1"] as? Double == 0 && score.objects.first?["top5"] as? Double == 0)
    #expect(score.messages.contains("2 pictures whose logits are no numbers count as wrong"))
    let features = try FoveaProcess.run(
      ["features", sample("coffee.png"), "-m", model.path, "-o", scratch.path("f.safetensors")])
    #expect(features.status == 0)
    #expect(features.messages.contains("warning: logits: 1 of 200 values are no numbers"))
  }
}
