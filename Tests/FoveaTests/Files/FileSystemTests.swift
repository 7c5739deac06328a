import Fovea
import Foundation
import Testing

@Suite("Files and their names")
struct FileSystemTests {
  @Test(
    "a path comes apart by its bytes, also where Swift takes a slash with an accent for one character",
    arguments: [
      ("a/b/c.png", "a/b", "c.png", "a/b/c", "png"), ("c.PNG", ".", "c.PNG", "c", "png"),
      ("/c", "/", "c", "/c", ""), ("a/b/", "a", "b", "a/b/", ""), ("/", "/", "/", "/", ""),
      ("a/.png", "a", ".png", "a/.png", ""), ("a.b/c", "a.b", "c", "a.b/c", ""),
      ("a/\u{301}b.png", "a", "\u{301}b.png", "a/\u{301}b", "png"),
      ("a/b.\u{301}c", "a", "b.\u{301}c", "a/b", "\u{301}c"),
    ])
  func paths(_ path: String, _ folder: String, _ name: String, _ stem: String, _ ending: String) {
    #expect(FileSystem.folder(of: path) == folder)
    #expect(FileSystem.name(of: path) == name)
    #expect(FileSystem.withoutExtension(path) == stem)
    #expect(FileSystem.pathExtension(path) == ending)
  }

  @Test("a text becomes one name, without slashes, control characters or a dot first")
  func names() {
    #expect(FileSystem.asName("..") == "_.")
    #expect(FileSystem.asName("a/\u{301}b\0c\n") == "a_\u{301}b_c_")
    #expect(FileSystem.asName("") == "_")
  }

  @Test("a small file is read to its limit and not beyond it, and loses its byte-order mark")
  func small() throws {
    let folder = try PictureFolder()
    try folder.write(Data("\u{feff}caf\u{e9}".utf8), "text")
    #expect(try FileSystem.text(of: folder.path("text")) == "caf\u{e9}")
    #expect(try FileSystem.text(of: folder.path("text"), limit: 8) == "caf\u{e9}")
    #expect(throws: FoveaError.self) { try FileSystem.text(of: folder.path("text"), limit: 7) }
    try folder.write(Data([0xff, 0xfe, 0x61, 0]), "wide")
    let wide = #expect(throws: FoveaError.self) { try FileSystem.text(of: folder.path("wide")) }
    #expect(wide?.status == .badData && wide?.reason == "is UTF-16 text, not UTF-8")
    #if os(Linux)
      let endless = #expect(throws: FoveaError.self) { try FileSystem.bytes(of: "/dev/zero", limit: 1 << 20) }
      #expect(endless?.status == .overLimit)
    #endif
  }

  @Test("a path with a NUL byte is no file, whatever its first part names")
  func nul() throws {
    let folder = try PictureFolder()
    try folder.write(Data("x".utf8), "sub/a.png")
    let path = folder.path("sub")
    #expect(!FileSystem.exists(path + "\0b") && !FileSystem.isDirectory(path + "\0b"))
    for attempt: () throws -> Void in [
      { _ = try FileSystem.bytes(of: path + "/a.png\0x") },
      { _ = try FileSystem.images(below: path + "\0x") },
      { try FileSystem.makeDirectory(folder.path("new") + "\0x") },
      { try FileSystem.write("text", to: path + "/a.png\0x") },
      { _ = try ModelFolderProbe.load(path + "\0x") },
      { _ = try RawDigest(reading: .file(path + "/a.png\0x")) },
    ] {
      let error = #expect(throws: FoveaError.self) { try attempt() }
      #expect(
        error?.reason.contains("NUL") == true || error?.reason.contains("no such") == true, "\(error as Any)")
    }
    #expect(!FileSystem.exists(folder.path("new")))
  }
}

/// Opens a model's weights by a path.
private enum ModelFolderProbe {
  static func load(_ path: String) throws { _ = try Verification(path) }
}
