import Foundation
import FoveaTestSupport
import Testing

@Suite("Names of outputs")
struct OutputNameTests {
  private let photo = sample("coffee.png")

  @Test("inputs that share their stems keep their full names, said, and others their stems")
  func fullNames() throws {
    let (photos, out) = (try Scratch(), try Scratch())
    for name in ["a.png", "sub/a.png", "b.png"] { try photos.copy(URL(filePath: photo), as: name) }
    try photos.copy(samples.appending(path: "china.jpg"), as: "a.jpg")
    let outcome = try FoveaProcess.run(["segment", photos.path(""), "-o", out.path("m"), "--json"])
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(out.files == ["m/a.jpg.png", "m/a.png.png", "m/b.png", "m/sub/a.png"])
    #expect(
      outcome.objects.first { $0["path"] as? String == photos.path("a.jpg") }?["mask"] as? String
        == out.path("m/a.jpg.png"))
    #expect(
      outcome.messages.contains(
        "2 pictures share their names but for the endings: their outputs keep the full names, as a.jpg.png"))
  }

  @Test("a full name that is another's stem makes that one give way as well")
  func fullNameTaken() throws {
    let (photos, out) = (try Scratch(), try Scratch())
    for name in ["a.png", "a.jpg", "a.png.jpg"] { try photos.copy(URL(filePath: photo), as: name) }
    #expect(try FoveaProcess.run(["segment", photos.path(""), "-o", out.path("")]).status == 0)
    #expect(out.files == ["a.jpg.png", "a.png.jpg.png", "a.png.png"])
  }

  @Test("two spellings of one letter give two outputs")
  func spellings() throws {
    let (photos, out) = (try Scratch(), try Scratch())
    for name in ["\u{e9}.png", "e\u{301}.png"] { try photos.copy(URL(filePath: photo), as: name) }
    let count = photos.files.count  // one where a file system holds them for one
    let outcome = try FoveaProcess.run(["segment", photos.path(""), "-o", out.path(""), "--json"])
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(out.files.count == count && outcome.objects.count == count)
  }

  @Test(
    "an ending that promises something else is refused before anything runs",
    arguments: [
      (["segment"], "x.jpg"), (["segment"], "x.mask.tiff"), (["features"], "x.png"),
      (["explain-input"], "x.jpeg"), (["segment", "--overlay", "o.jpg"], "x.png"),
      (["attend"], "x.png"), (["attend"], "x.html"),
    ])
  func endings(_ verb: [String], _ name: String) throws {
    let out = try Scratch()
    let outcome = try FoveaProcess.run(verb + [photo, "-o", name], in: out.url)
    #expect(outcome.status == 64, "\(outcome.messages)")
    #expect(outcome.messages.contains("hint: "))
    #expect(out.files.isEmpty)
  }

  @Test("the same for the folders of convert and train")
  func folders() throws {
    let out = try Scratch()
    for arguments in [["convert", "x.pth"], ["train", "photos", "--architecture", "fovea_nano"]] {
      let outcome = try FoveaProcess.run(arguments + ["-o", "model.safetensors"], in: out.url)
      #expect(outcome.status == 64 && outcome.messages.contains("a folder is written"), "\(outcome.messages)")
    }
  }

  @Test("-o - gives the very bytes of the file on standard output, and what is told goes to standard error")
  func standardOutput() throws {
    let out = try Scratch()
    for (verb, name) in [("segment", "x.png"), ("features", "x.safetensors"), ("explain-input", "y.png")] {
      #expect(try FoveaProcess.run([verb, photo, "-o", out.path(name)]).status == 0)
      let process = Process()
      process.executableURL = FoveaProcess.executable
      process.arguments = [verb, photo, "-o", "-"]
      let (output, messages) = (Pipe(), Pipe())
      (process.standardOutput, process.standardError) = (output, messages)
      try process.run()
      let bytes = output.fileHandleForReading.readDataToEndOfFile()
      let told = messages.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(try bytes == out.bytes(name), "\(verb)")
      #expect(!told.isEmpty, "\(verb)")
    }
  }

  @Test("standard output led to a file goes on where that stands")
  func appending() throws {
    let out = try Scratch()
    _ = try FoveaProcess.run(["segment", photo, "-o", out.path("m.png")])
    let file = try out.file("all", Data("begin".utf8))
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    let process = Process()
    process.executableURL = FoveaProcess.executable
    process.arguments = ["segment", photo, "-o", "-"]
    (process.standardOutput, process.standardError) = (handle, FileHandle.nullDevice)
    try process.run()
    process.waitUntilExit()
    #expect(try out.bytes("all") == Data("begin".utf8) + out.bytes("m.png"))
  }

  @Test(
    "standard output takes one file and nothing else",
    arguments: [
      ["segment", "A", "-o", "-", "--json"], ["segment", "A", "A", "-o", "-"],
      ["segment", "A", "-o", "-", "--overlay", "-"], ["features", "A", "-o", "-", "--json"],
      ["explain-input", "A", "-o", "-", "--json"], ["attend", "A", "-o", "-"],
      ["convert", "A", "-o", "-"],
    ])
  func refused(_ arguments: [String]) throws {
    let out = try Scratch()
    let outcome = try FoveaProcess.run(arguments.map { $0 == "A" ? photo : $0 }, in: out.url)
    #expect(outcome.status == 64, "\(outcome.messages)")
    #expect(outcome.messages.contains("standard output") && outcome.output.isEmpty)
    #expect(out.files.isEmpty)
  }

  @Test("the JSON of a picture whose output fails has the picture's path, and the output's in the error")
  func failedOutput() throws {
    let out = try Scratch()
    try out.file("file", Data())
    let outcome = try FoveaProcess.run(["segment", photo, "-o", out.path("file/m.png"), "--json"])
    #expect(outcome.status == 73)
    let object = try #require(outcome.objects.first)
    #expect(object["path"] as? String == photo && object["status"] as? Int == 73)
    #expect((object["error"] as? String)?.hasPrefix(out.path("file")) == true, "\(object)")
  }

  @Test("a grid of more query pixels than anyone can look at is refused")
  func grid() throws {
    let out = try Scratch()
    let outcome = try FoveaProcess.run(["attend", photo, "-o", out.path("a"), "--grid", "1000000000"])
    #expect(outcome.status == 64 && outcome.messages.contains("--grid is at most 64"), "\(outcome.messages)")
    #expect(!out.exists("a"))
  }
}
