import Foundation
import FoveaTestSupport
import Testing

@Suite("Hostile names pass no output as they are")
struct HostileNameTests {
  /// An escape that clears the screen, one of a single byte, marks of direction, line breaks, and HTML.
  private static let name = "<!--<script>\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\n\r\t\"'`|\\&é"

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    scalar != "\n"
      && [.control, .format, .lineSeparator, .paragraphSeparator].contains(
        scalar.properties.generalCategory)
  }

  /// The texts that `run` printed have no unsafe character, and no line but its own.
  private func run(
    _ arguments: [String], in scratch: Scratch, status: Int32 = 0, lines: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    let outcome = try FoveaProcess.run(
      arguments, environment: ["FOVEA_MODELS": scratch.path("shelf")], in: scratch.url)
    #expect(outcome.status == status, "\(arguments): \(outcome.messages)", sourceLocation: sourceLocation)
    for text in [outcome.output, outcome.messages] {
      #expect(
        !text.unicodeScalars.contains(where: Self.isUnsafe), "\(arguments)", sourceLocation: sourceLocation)
    }
    for line in outcome.messages.split(separator: "\n") {
      #expect(
        line.hasPrefix("fovea: ") || line.hasPrefix("hint: ") || line.hasPrefix("  "),
        "\(arguments): \(line)",
        sourceLocation: sourceLocation)
    }
    if arguments.contains("--json") {
      #expect(outcome.objects.allSatisfy { !$0.isEmpty }, "\(arguments)", sourceLocation: sourceLocation)
    }
    return outcome
  }

  /// A model, pictures and a data set with such names: "shelf/NAME", "NAME.png", "data/NAME/…".
  private func files() throws -> Scratch {
    let scratch = try Scratch()
    let golden = fixtures.appending(path: "goldens/efficientvit_b_tiny_dims")
    let checkpoint = try scratch.copy(
      golden.appending(path: "checkpoint.pth"), as: "\(Self.name).pth")
    _ = try run(
      [
        "convert", checkpoint, "--config", golden.appending(path: "config.json").path(percentEncoded: false),
        "-o",
        scratch.path("shelf/\(Self.name)"), "--json",
      ], in: scratch)
    try scratch.copy(samples.appending(path: "coffee.png"), as: "\(Self.name).png")
    for label in [Self.name, "plain"] {
      for number in 0..<3 {
        try scratch.copy(samples.appending(path: "coffee.png"), as: "data/\(label)/\(number)\(Self.name).png")
      }
    }
    return scratch
  }

  @Test("not those of files, models, classes or folders, in any verb, as text or JSON")
  func everyVerb() throws {
    let scratch = try files()
    let (picture, model) = (scratch.path("\(Self.name).png"), scratch.path("shelf/\(Self.name)"))
    for json in [[], ["--json"]] {
      let classified = try run(
        ["classify", picture, "/no/\(Self.name)", "-m", model] + json, in: scratch, status: 66)
      if !json.isEmpty {
        #expect(classified.objects.map { $0["path"] as? String } == [picture, "/no/\(Self.name)"])
      }
      let segmented = try run(
        ["segment", picture, "-o", "s\(Self.name)/", "--overlay", "o\(Self.name)/"] + json, in: scratch)
      if !json.isEmpty {
        #expect(segmented.objects.first?["mask"] as? String == "s\(Self.name)/\(Self.name).png")
      }
      _ = try run(["features", picture, "-o", "f\(Self.name)", "-m", model] + json, in: scratch)
      _ = try run(["explain-input", picture, "-o", "e\(Self.name)", "-m", model] + json, in: scratch)
      _ = try run(["models"] + json, in: scratch)
      _ = try run(["models", Self.name] + json, in: scratch)
      _ = try run(["models", Self.name, "--plan"] + json, in: scratch)
      _ = try run(["bench", "-m", Self.name, "--seconds", "0", "--size", "64x64"] + json, in: scratch)
      _ = try run(["verify", model] + json, in: scratch)
      _ = try run(["eval", "data", "-m", model] + json, in: scratch, status: 65)
      _ = try run(["segment", picture, "-o", "a.\(Self.name)"] + json, in: scratch, status: 64)
      _ = try run(["classify", picture, "-m", "no\(Self.name)"] + json, in: scratch, status: 64)
    }
  }

  @Test("not those of classes that were learnt, in training, answers, cards and configs")
  func training() throws {
    let scratch = try files()
    let output = "m\(Self.name)"
    _ = try run(
      ["train", "data", "-o", output, "--init", "fovea_small_tiny_imagenet", "--few", "--json"], in: scratch)
    let answer = try run(
      ["classify", scratch.path("\(Self.name).png"), "-m", scratch.path(output), "--json"], in: scratch)
    let labels = (answer.objects.first?["predictions"] as? [[String: Any]])?.compactMap {
      $0["label"] as? String
    }
    #expect(Set(labels ?? []) == [Self.name, "plain"])
    _ = try run(["classify", scratch.path("\(Self.name).png"), "-m", scratch.path(output)], in: scratch)
    _ = try run(["eval", "data", "-m", scratch.path(output)], in: scratch)
    for file in ["CARD.md", "config.json"] {
      for folder in [output, "shelf/\(Self.name)"] {
        let text = try scratch.text("\(folder)/\(file)")
        #expect(!text.unicodeScalars.contains(where: Self.isUnsafe), "\(folder)/\(file)")
      }
    }
  }

  @Test("not a model's in the attention page, whose data read back")
  func page() throws {
    let scratch = try files()
    for json in [[], ["--json"]] {
      let drawn = try run(
        [
          "attend", scratch.path("\(Self.name).png"), "-m", scratch.path("shelf/\(Self.name)"), "-o",
          "at\(Self.name)", "--query", "3,2", "--fit", "stretch",
        ] + json, in: scratch)
      if !json.isEmpty {
        #expect(drawn.objects.contains { ($0["path"] as? String) == "at\(Self.name)/index.html" })
      }
    }
    let page = try scratch.text("at\(Self.name)/index.html")
    let start = try #require(page.range(of: "type=\"application/json\">"))
    let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
    let text = page[start.upperBound..<end.lowerBound]
    #expect(!text.contains("<") && !text.unicodeScalars.contains(where: Self.isUnsafe))
    let data = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(data["model"] as? String == Self.name)
    let statistics = try scratch.text("at\(Self.name)/statistics.json")
    #expect(!statistics.unicodeScalars.contains(where: Self.isUnsafe))
  }
}
