import FoveaImage
import Foundation
import Testing

@Suite struct AtomicFileTests {
  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func `a new file has the mode that the umask leaves, an old one keeps its own`() throws {
    try withFolder { folder in
      let (path, plain) = (folder.appending(path: "a").path, folder.appending(path: "b").path)
      try AtomicFile.write([1, 2, 3], to: path)
      #expect(FileManager.default.createFile(atPath: plain, contents: nil))
      #expect(try mode(path) == mode(plain))
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try AtomicFile.write([4], to: path)
      #expect(try mode(path) == 0o640)
      #expect(FileManager.default.contents(atPath: path) == Data([4]))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    }
  }

  @Test func `a link stays a link, and its target is written, there or not`() throws {
    try withFolder { folder in
      let link = folder.appending(path: "link").path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
      for byte: UInt8 in [1, 2] {
        try AtomicFile.write([byte], to: link)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target")
        #expect(FileManager.default.contents(atPath: folder.appending(path: "target").path) == Data([byte]))
      }
    }
  }

  @Test func `a device is written through and stays`() throws {
    try AtomicFile.write([1, 2, 3], to: "/dev/null")
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
    #expect(type == .typeCharacterSpecial)
  }

  #if os(Linux)
    @Test func `a full disk is told by its name, with 74`() {
      #expect(throws: EncodingError.writeFailed(reason: "No space left on device")) {
        try PNGEncoder.write(noise(20, 20), to: "/dev/full")
      }
    }
  #endif

  @Test func `a pipe is written through and stays`() throws {
    try withFolder { folder in
      let path = folder.appending(path: "pipe").path
      #expect(mkfifo(path, 0o600) == 0)
      let reader = open(path, O_RDWR)
      defer { close(reader) }
      try AtomicFile.write([9, 8], to: path)
      var bytes = [UInt8](repeating: 0, count: 2)
      #expect(read(reader, &bytes, 2) == 2)
      #expect(bytes == [9, 8])
    }
  }

  @Test func `a folder, and a place in no folder, are refused with 73`() throws {
    try withFolder { folder in
      for path in [folder.path, folder.appending(path: "no/file").path] {
        do {
          try AtomicFile.write([1], to: path)
          Issue.record("\(path) was written")
        } catch let error as EncodingError {
          #expect(error.exitStatus == 73)
        }
      }
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/shm")))
  func regularFilesUnderDevAppearWholeToo() throws {
    let path = "/dev/shm/fovea-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write([1, 2, 3], to: path)
    try AtomicFile.write([4], to: path)
    #expect(try Data(contentsOf: URL(filePath: path)) == Data([4]))
  }
}
