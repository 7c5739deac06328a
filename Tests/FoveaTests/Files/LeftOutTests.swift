import Fovea
import Foundation
import Testing

@Suite("What a search leaves out is counted and named")
struct LeftOutTests {
  private func begins(_ text: String) -> Data { Data(text.utf8) + Data(count: 64) }

  private func search(_ folder: PictureFolder) throws -> (images: [String], leftOut: LeftOut) {
    var leftOut = LeftOut()
    return (try FileSystem.images(below: folder.path(""), leftOut: &leftOut), leftOut)
  }

  @Test(
    "pictures of other formats are told by content, whatever their names",
    arguments: [
      "RIFF\0\0\0\0WEBPVP8 ", "II*\0", "MM\0*", "\0\0\0\u{1c}ftypheic", "\0\0\0\u{1c}ftypavif", "GIF89a",
      "\0\0\0\u{c}JXL \r\n", "\0\0\0\u{c}jP  \r\n", "qoif", "8BPS", "P6\n3 2\n255\n", "<svg xmlns=\"\">",
    ])
  func formats(_ start: String) throws {
    let folder = try PictureFolder()
    try folder.write(begins(start), "a.bin")
    try folder.write(begins(start), "sub/b")
    let found = try search(folder)
    #expect(found.images.isEmpty)
    #expect(found.leftOut.tallies == [.otherFormat: LeftOut.Tally(count: 2, first: "a.bin")])
    #expect(!found.leftOut.isWhole)
  }

  @Test("bitmaps are told from texts that begin with their two letters")
  func bitmaps() throws {
    let folder = try PictureFolder()
    var bitmap = begins("BM")
    bitmap[14] = 40
    try folder.write(bitmap, "a.bmp")
    try folder.write(Data("BMW, Audi, Citroën and others".utf8), "cars.txt")
    try folder.write(begins("\0\0\0\u{18}ftypmp42"), "film.mp4")
    #expect(
      try search(folder).leftOut.tallies == [
        .otherFormat: LeftOut.Tally(count: 1, first: "a.bmp"),
        .noPicture: LeftOut.Tally(count: 2, first: "cars.txt"),
      ])
  }

  @Test("links, hidden names and what is no picture have a reason each, told on one line")
  func reasons() throws {
    let folder = try PictureFolder()
    let png = Data(try PNGEncoder.bytes(Image(width: 2, height: 2, filledWith: .black)))
    for name in ["b.png", "sub/no-ending", "sub/.hidden/c.png", ".d.png"] { try folder.write(png, name) }
    for name in ["1.webp", "2.webp"] { try folder.write(begins("RIFF\0\0\0\0WEBP"), name) }
    try folder.write(Data("read me".utf8), "notes.txt")
    try folder.write(Data(), "empty")
    let manager = FileManager.default
    try manager.createSymbolicLink(atPath: folder.path("gone.png"), withDestinationPath: "nowhere.png")
    try manager.createSymbolicLink(atPath: folder.path("good.png"), withDestinationPath: "b.png")
    try manager.createSymbolicLink(atPath: folder.path("loop"), withDestinationPath: ".")
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    let found = try search(folder)
    #expect(found.images == ["b.png", "good.png", "sub/no-ending"])
    #expect(
      found.leftOut.line
        == "left out: 2 of other formats (first: 1.webp), 1 dangling link (first: gone.png), "
        + "1 link to a folder (first: loop); skipped: 2 hidden (first: .d.png), "
        + "3 that are no pictures (first: empty)")
    #expect(!found.leftOut.isWhole)
  }

  @Test("what is skipped by design leaves a search whole, and nothing at all has no line")
  func design() throws {
    let folder = try PictureFolder()
    try folder.write(Data("x".utf8), ".hidden")
    #expect(try search(folder).leftOut.isWhole)
    #expect(try search(folder).leftOut.line == "skipped: 1 hidden (first: .hidden)")
    #expect(LeftOut().line == nil && LeftOut().isEmpty)
  }

  @Test("a name that is not UTF-8 is left out, and its stray bytes are told")
  func strangeNames() throws {
    let folder = try PictureFolder()
    let name = Array(folder.path("caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xE9), 0x2e, 0x70, 0]
    let descriptor = open(name, O_WRONLY | O_CREAT, 0o600)
    try #require(descriptor >= 0, "this file system takes UTF-8 alone")
    close(descriptor)
    let leftOut = try search(folder).leftOut
    #expect(leftOut.tallies == [.nameNotUTF8: LeftOut.Tally(count: 1, first: "caf\\xE9.p")])
  }

  @Test(
    "a folder that may not be searched is left out, and the rest is found",
    .enabled(if: geteuid() != 0, "root may search any folder"))
  func unreadable() throws {
    let folder = try PictureFolder()
    try folder.write(Data(), "a.png")
    try folder.write(Data(), "lost+found/b.png")
    chmod(folder.path("lost+found"), 0)
    defer { chmod(folder.path("lost+found"), 0o700) }
    let found = try search(folder)
    #expect(found.images == ["a.png"])
    #expect(found.leftOut.tallies == [.unreadableFolder: LeftOut.Tally(count: 1, first: "lost+found")])
  }

  @Test("two spellings of one letter are two files")
  func spellings() throws {
    let folder = try PictureFolder()
    try folder.write(Data(), "\u{e9}.png")
    try folder.write(Data(), "e\u{301}.png")
    let images = try search(folder).images
    // a file system may hold them for one
    #expect(Set(images.map(PathKey.init)).count == images.count)
    #expect(PathKey("\u{e9}") != PathKey("e\u{301}"))
  }
}
