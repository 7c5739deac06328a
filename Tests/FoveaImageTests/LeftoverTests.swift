import FoveaImage
import Foundation
import Testing

/// What killed processes left beside the places of their files.
@Suite struct LeftoverTests {
  /// Makes a file, as old as said, and gives its path.
  private func make(_ name: String, in folder: URL, age: TimeInterval = 0) throws -> String {
    let path = folder.appending(path: name).path
    #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
    return path
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func `what nobody holds any more is removed by the next write into the folder, and nothing else`()
    throws
  {
    try withFolder { folder in
      let left = try make(".fovea-77-abc.tmp", in: folder)
      let held = try make(".fovea-78-abc.tmp", in: folder)
      let lock = open(held, O_RDONLY)
      #expect(flock(lock, LOCK_EX) == 0)
      defer { close(lock) }
      // of a version that took no locks: only age tells
      let old = try make(".fovea-abc.tmp", in: folder, age: 7200)
      let young = try make(".fovea-abd.tmp", in: folder)
      let strangers = try [".fovea-notes", "fovea-1-2.tmp", ".other.tmp"].map {
        try make($0, in: folder, age: 1e6)
      }
      try AtomicFile.write([1], to: folder.appending(path: "a").path)
      #expect(!exists(left) && exists(held) && !exists(old) && exists(young))
      #expect(strangers.allSatisfy(exists))
    }
  }

  @Test func `a folder that was being filled is removed with what is in it`() throws {
    try withFolder { folder in
      let left = folder.appending(path: ".fovea-77-abc.tmp")
      try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
      _ = try make("model.safetensors", in: left)
      _ = try make(".fovea-77-abd.tmp", in: left)
      try AtomicFile.write([1], to: folder.appending(path: "a").path)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }
  }

  @Test func `a link by such a name, and what it leads to, are left alone`() throws {
    try withFolder { folder in
      let target = try make("target", in: folder, age: 7200)
      let link = folder.appending(path: ".fovea-77-abc.tmp").path
      #expect(symlink(target, link) == 0)
      try AtomicFile.write([1], to: folder.appending(path: "a").path)
      #expect(exists(link) && exists(target))
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func `another user's are left alone`() throws {
    try withFolder { folder in
      let path = try make(".fovea-77-abc.tmp", in: folder, age: 7200)
      #expect(chown(path, 65534, 65534) == 0)
      try AtomicFile.write([1], to: folder.appending(path: "a").path)
      #expect(exists(path))
    }
  }

  @Test func `a file under way is held, so that another process lets it be`() throws {
    try withFolder { folder in
      let file = try AtomicFile(folder.appending(path: "a").path)
      let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
      let descriptor = open(folder.appending(path: name).path, O_RDONLY)
      defer { close(descriptor) }
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      try file.commit()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }
  }
}
