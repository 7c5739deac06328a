import Foundation
import FoveaTestSupport
import Testing

@Suite("Outputs")
struct OutputTests {
  /// Width, height, bit depth and color type of a PNG, from its first chunk.
  private func header(_ png: Data) -> [Int] {
    func number(_ start: Int) -> Int { png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    return [number(16), number(20), Int(png[24]), Int(png[25])]
  }

  @Test("segment writes an indexed PNG of the photo's size with the label set's palette")
  func mask() throws {
    let scratch = try Scratch()
    let outcome = try FoveaProcess.run([
      "segment", sample("china.jpg"), "-o", scratch.path("m.png"), "--overlay", scratch.path("o.png"),
      "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.messages)")
    let mask = try scratch.bytes("m.png")
    #expect(header(mask) == [640, 427, 8, 3])
    #expect(header(try scratch.bytes("o.png")) == [640, 427, 8, 2])
    let palette = try #require(mask.range(of: Data("PLTE".utf8)))
    // CamVid's sky, building and pole, from SegNet's tutorial.
    #expect(
      mask[palette.upperBound..<palette.upperBound + 9].elementsEqual([
        128, 128, 128, 128, 0, 0, 192, 192, 128,
      ]))
    let object = try #require(outcome.objects.first)
    #expect(Set(object.keys) == ["path", "mask", "overlay", "classes"])
    let classes = try #require(object["classes"] as? [[String: Any]])
    #expect(classes.allSatisfy { Set($0.keys) == ["label", "index", "pixels", "fraction"] })
    #expect(classes.compactMap { $0["pixels"] as? Int }.reduce(0, +) == 640 * 427)
  }

  @Test("no verb writes over its input")
  func overwriting() throws {
    let scratch = try Scratch()
    let photo = try scratch.copy(fixtureImage, as: "a.png")
    let before = try scratch.bytes("a.png")
    for verb in [
      ["features", photo], ["features", "--tensor", photo], ["explain-input", photo], ["segment", photo],
    ] {
      let outcome = try FoveaProcess.run(verb + ["-o", photo])
      #expect(outcome.status == 64, "\(verb): \(outcome.messages)")
      #expect(outcome.messages.contains("is an input, and would be overwritten"))
    }
    #expect(try scratch.bytes("a.png") == before)
    let sheet = try scratch.copy(fixtureImage, as: "out/contact-sheet.png")
    #expect(try FoveaProcess.run(["attend", sheet, "-o", scratch.path("out")]).status == 64)
    #expect(scratch.files == ["a.png", "out/contact-sheet.png"])
  }

  @Test("several inputs mirror their tree and keep their stems")
  func tree() throws {
    let (photos, out) = (try Scratch(), try Scratch())
    for name in ["a.png", "sub/b.c.png"] { try photos.copy(fixtureImage, as: name) }
    let outcome = try FoveaProcess.run(
      ["segment", photos.path(""), "-o", out.path("masks"), "--overlay", out.path("overlays")])
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(out.files == ["masks/a.png", "masks/sub/b.c.png", "overlays/a.png", "overlays/sub/b.c.png"])
  }

  @Test("standard input in a folder is called stdin")
  func standardInput() throws {
    let out = try Scratch()
    let photo = try Data(contentsOf: fixtureImage)
    #expect(try FoveaProcess.run(["segment", "-", "-o", out.path("")], input: photo).status == 0)
    #expect(out.files == ["stdin.png"])
  }

  @Test("outputs that would be one file are refused before anything runs")
  func collisions() throws {
    let (photos, out) = (try Scratch(), try Scratch())
    try photos.copy(fixtureImage, as: "a.png")
    try photos.copy(fixtureImage, as: "sub/a.png")
    let outcome = try FoveaProcess.run(
      ["segment", photos.path("a.png"), photos.path("sub/a.png"), "-o", out.path("masks")])
    #expect(outcome.status == 64)
    #expect(outcome.messages.contains("would be written for both"))
    let overlay = try FoveaProcess.run(
      ["segment", photos.path("a.png"), "-o", out.path("m.png"), "--overlay", out.path("m.png")])
    #expect(overlay.status == 64)
    let onto = try FoveaProcess.run(["segment", photos.path("a.png"), "-o", photos.path("a.png")])
    #expect(onto.status == 64)
    #expect(onto.messages.contains("is an input"))
    #expect(out.files.isEmpty)
    #expect(try photos.bytes("a.png") == Data(contentsOf: fixtureImage))
  }

  @Test("a bad image leaves no output, and an output that was there stays")
  func nothingPartial() throws {
    let scratch = try Scratch()
    let photo = try Data(contentsOf: fixtureImage)
    try scratch.file("cut.png", photo.dropLast(200))
    try scratch.file("old.png", Data("old".utf8))
    #expect(
      try FoveaProcess.run(["segment", scratch.path("cut.png"), "-o", scratch.path("new.png")]).status == 65)
    #expect(
      try FoveaProcess.run(["segment", scratch.path("cut.png"), "-o", scratch.path("old.png")]).status == 65)
    #expect(scratch.files == ["cut.png", "old.png"])
    #expect(try scratch.text("old.png") == "old")
  }

  @Test("an output that cannot be created is 73, a full disk 74")
  func unwritable() throws {
    let scratch = try Scratch()
    try scratch.file("file", Data())
    let outcome = try FoveaProcess.run(
      ["segment", fixtureImage.path(percentEncoded: false), "-o", scratch.path("file/mask.png")])
    #expect(outcome.status == 73)
    #expect(outcome.messages.hasPrefix("fovea: \(scratch.path("file")): "), "\(outcome.messages)")
    #if os(Linux)
      let full = try FoveaProcess.run([
        "segment", fixtureImage.path(percentEncoded: false), "-o", "/dev/full",
      ])
      #expect(full.status == 74, "\(full.messages)")
    #endif
  }

  @Test("attend draws every block for every query, and what each token receives")
  func attention() throws {
    let out = try Scratch()
    let outcome = try FoveaProcess.run([
      "attend", fixtureImage.path(percentEncoded: false), "-o", out.path(""), "--query", "3,2", "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.messages)")
    let blocks = [
      "backbone.stages.3.1.attention", "backbone.stages.3.2.attention", "backbone.stages.3.3.attention",
      "backbone.stages.4.1.context", "backbone.stages.4.2.context",
    ]
    let whole = ["attention.safetensors", "contact-sheet.png", "index.html", "statistics.json"]
    let pictures = blocks.flatMap {
      ["\($0)/head-mean/key-3-2.png", "\($0)/head-mean/query-3-2.png", "\($0)/received.png"]
    }
    #expect(Set(out.files) == Set(whole + pictures))
    let drawn = outcome.objects.filter { $0["block"] != nil }
    #expect(drawn.count == 15 && drawn.allSatisfy { Set($0.keys).isSuperset(of: ["path", "query", "grid"]) })
    let outside = try FoveaProcess.run(
      ["attend", fixtureImage.path(percentEncoded: false), "-o", out.path(""), "--query", "9999,0"])
    #expect(outside.status == 64)
  }

  private var fixtureImage: URL { samples.appending(path: "coffee.png") }
}
