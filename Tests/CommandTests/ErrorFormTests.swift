import Foundation
import FoveaTestSupport
import Testing

@Suite("Bad input is one line, a hint and a status")
struct ErrorFormTests {
  /// "fovea: PATH: REASON", then "hint: …".
  private func expectForm(
    _ outcome: Outcome, status: Int32, path: String, says words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome.messages)", sourceLocation: sourceLocation)
    let lines = outcome.messages.split(separator: "\n")
    #expect(lines.first?.hasPrefix("fovea: \(path): ") == true, "\(lines)", sourceLocation: sourceLocation)
    #expect(lines.first?.contains(words) == true, "\(lines)", sourceLocation: sourceLocation)
    #expect(lines.last?.hasPrefix("hint: ") == true, "\(lines)", sourceLocation: sourceLocation)
  }

  @Test(
    "the parser's own errors take the same form",
    arguments: [
      (["clasify", "x.png"], "clasify", "no such verb"),
      (["classify"], "classify", "missing expected argument"),
      (["classify", "--nonsense", "x.png"], "classify", "unknown option"),
      (["classify", "x.png", "--threads", "0"], "classify", "invalid"),
      (["segment", "x.png"], "segment", "missing expected argument"),
      (["features", "-o", "x"], "features", "either a picture or --tensor"),
      (["bench", "--size", "12y"], "bench", "invalid"),
    ])
  func parser(_ arguments: [String], _ path: String, _ words: String) throws {
    expectForm(try FoveaProcess.run(arguments), status: 64, path: path, says: words)
  }

  @Test("a mistyped verb gets the nearest")
  func nearestVerb() throws {
    #expect(try FoveaProcess.run(["segmnet", "x"]).messages.contains("hint: did you mean 'fovea segment'?"))
  }

  @Test("files that are no image say what they are")
  func files() throws {
    let scratch = try Scratch()
    let photo = try Data(contentsOf: samples.appending(path: "coffee.png"))
    try scratch.file("empty.png", Data())
    try scratch.file("cut.png", photo.prefix(photo.count / 2))
    try scratch.file("text.png", Data("hello, world".utf8))
    for (name, status, words) in [
      ("missing.png", 66, "No such file"), ("empty.png", 65, "file is empty"),
      ("cut.png", 65, "truncated"), ("text.png", 69, "not a PNG or JPEG"),
    ] as [(String, Int32, String)] {
      let path = scratch.path(name)
      expectForm(try FoveaProcess.run(["classify", path]), status: status, path: path, says: words)
    }
  }

  @Test("a directory without images is 66")
  func emptyDirectory() throws {
    let scratch = try Scratch()
    try scratch.file("notes.txt", Data("nothing to see".utf8))
    let path = scratch.path("")
    expectForm(
      try FoveaProcess.run(["classify", path]), status: 66, path: path, says: "no PNG or JPEG image")
  }

  @Test("unknown names are 64 and say what there is")
  func unknownNames() throws {
    let photo = sample("coffee.png")
    let out = try Scratch()
    expectForm(
      try FoveaProcess.run(["classify", photo, "-m", "fovea_small_tiny_imagene"]), status: 64,
      path: "fovea_small_tiny_imagene", says: "unknown model")
    expectForm(
      try FoveaProcess.run(["features", photo, "-o", out.path("f"), "--stage", "stage9"]), status: 64,
      path: "stage9", says: "unknown stage")
    expectForm(
      try FoveaProcess.run(["attend", photo, "-o", out.path("a"), "--block", "backbone"]), status: 64,
      path: "backbone", says: "unknown block")
    expectForm(
      try FoveaProcess.run(["classify", photo], environment: ["FOVEA_FORCE_ISA": "sse9"]), status: 64,
      path: "FOVEA_FORCE_ISA", says: "sse9")
    expectForm(
      try FoveaProcess.run([
        "eval", samples.path(percentEncoded: false), "-m", "fovea_nano_camvid",
        "--layout", "pairs", "--dataset", "camvidd",
      ]), status: 64, path: "camvidd", says: "no data set")
    #expect(out.files.isEmpty)
  }

  @Test("limits are named: pixels before decoding, memory before running")
  func limits() throws {
    let photo = sample("coffee.png")
    expectForm(
      try FoveaProcess.run(["classify", photo, "--max-pixels", "1000"]), status: 75, path: photo,
      says: "600 x 400 is over the limit of 1000 pixels")
    expectForm(
      try FoveaProcess.run(["classify", photo, "--fit", "native", "--max-memory", "1K"]), status: 75,
      path: photo, says: "over the limit of")
  }

  @Test("control characters in a path are escaped")
  func controlCharacters() throws {
    let outcome = try FoveaProcess.run(["classify", "no\u{1b}[31msuch\nfile.png"])
    #expect(outcome.status == 66)
    #expect(outcome.messages.hasPrefix("fovea: no\\u{1b}[31msuch\\nfile.png: "))
  }

  @Test("several failures keep their common status, and are 65 where they differ")
  func severalInputs() throws {
    let scratch = try Scratch()
    try scratch.file("empty.png", Data())
    let (good, empty) = (sample("coffee.png"), scratch.path("empty.png"))
    #expect(try FoveaProcess.run(["classify", "/no/1.png", good, "/no/2.png"]).status == 66)
    #expect(try FoveaProcess.run(["classify", "/no/1.png", good, empty]).status == 65)
    let outcome = try FoveaProcess.run(["classify", "/no/1.png", good, "--json"])
    #expect(outcome.objects.count == 2)
    #expect(Set(outcome.objects[0].keys) == ["path", "error", "status"])
    #expect(outcome.objects[0]["status"] as? Int == 66)
    #expect(outcome.objects[1]["path"] as? String == good)
  }
}
