import Foundation
import FoveaTestSupport
import Testing

@Suite("What is left out of a folder is told")
struct LeftOutTests {
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.copy(samples.appending(path: "coffee.png"), as: "in/a.png")
    for name in ["x.webp", "sub/y.webp"] {
      try scratch.file("in/\(name)", Data("RIFF\0\0\0\0WEBPVP8 ".utf8) + Data(count: 40))
    }
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("in/z.jpg"), withDestinationPath: "nowhere.jpg")
    try scratch.file("in/.DS_Store", Data("x".utf8))
    return scratch
  }

  private let line =
    "fovea: left out: 2 of other formats (first: sub/y.webp), 1 dangling link (first: z.jpg); "
    + "skipped: 1 hidden (first: .DS_Store)\n"

  @Test("classify and segment tell it on one line, and in JSON after the last image")
  func told() throws {
    let scratch = try folder()
    for verb in [["classify"], ["segment", "-o", scratch.path("out")]] {
      let outcome = try FoveaProcess.run(verb + [scratch.path("in"), "--json"])
      #expect(outcome.status == 0)
      #expect(outcome.messages.contains(line), "\(outcome.messages)")
      #expect(outcome.objects.count == 2)
      let last = try #require(outcome.objects.last)
      #expect(
        last as NSDictionary == [
          "left_out": [
            "other_formats": ["count": 2, "first": "sub/y.webp"],
            "dangling_links": ["count": 1, "first": "z.jpg"],
          ], "skipped": ["hidden": ["count": 1, "first": ".DS_Store"]],
        ] as NSDictionary)
    }
  }

  @Test("--strict answers nothing where anything is left out, but does not mind what is skipped by design")
  func strict() throws {
    let scratch = try folder()
    let outcome = try FoveaProcess.run(["classify", scratch.path("in"), "--strict", "--json"])
    #expect(outcome.status == 65)
    #expect(outcome.messages.hasPrefix("fovea: \(scratch.path("in")): left out: 2 of other formats"))
    #expect(outcome.objects.map { Set($0.keys) } == [["left_out", "skipped"]])
    for name in ["x.webp", "sub/y.webp", "z.jpg"] {
      try FileManager.default.removeItem(atPath: scratch.path("in/\(name)"))
    }
    #expect(try FoveaProcess.run(["classify", scratch.path("in"), "--strict"]).status == 0)
  }

  @Test("a folder without images says what there is instead")
  func nothing() throws {
    let scratch = try folder()
    try FileManager.default.removeItem(atPath: scratch.path("in/a.png"))
    let outcome = try FoveaProcess.run(["classify", scratch.path("in")])
    #expect(outcome.status == 66)
    #expect(
      outcome.messages.contains(
        "no PNG or JPEG image in this directory; left out: 2 of other formats (first: sub/y.webp), "))
  }

  @Test("a list may begin with a byte-order mark and end its lines as Windows does; bad lines fail alone")
  func lists() throws {
    let scratch = try Scratch()
    try scratch.copy(samples.appending(path: "coffee.png"), as: "a.png")
    let path = scratch.path("a.png")
    let lines = Data("\u{feff}\(path)\r\n\r\n\(path)\0x\n".utf8) + Data([0xE9, 0x0A]) + Data("\(path)".utf8)
    try scratch.file("list", lines)
    let outcome = try FoveaProcess.run(["classify", "@\(scratch.path("list"))", "--json"])
    #expect(outcome.status == 66, "\(outcome.messages)")
    #expect(outcome.objects.map { $0["path"] as? String } == [path, path + "\0x", "\\xE9", path])
    #expect(outcome.objects.map { $0["error"] == nil } == [true, false, false, true])
    // a folder by such a name was searched for ever
    try scratch.file("folders", Data("\(scratch.path(""))\0x\n".utf8))
    #expect(try FoveaProcess.run(["classify", "@\(scratch.path("folders"))"]).status == 66)
  }

  #if os(Linux)
    @Test("a list without an end is over the limit")
    func endless() throws {
      let outcome = try FoveaProcess.run(["classify", "@/dev/zero"])
      #expect(outcome.status == 75)
      #expect(outcome.messages.hasPrefix("fovea: /dev/zero: has more than 67108864 bytes"))
    }

    @Test("an argument that is not UTF-8 is named by its bytes, not taken for another")
    func strangeArgument() throws {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = [
        "-c", "\"$0\" classify \"$(printf 'caf\\351.png')\" 2>&1",
        FoveaProcess.executable.path(percentEncoded: false),
      ]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 64)
      #expect(text.hasPrefix("fovea: caf\\xE9.png: this argument is not UTF-8\n"), "\(text)")
    }
  #endif
}
