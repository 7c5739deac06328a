import FoveaImage
import Foundation
import Testing

/// Owners, permissions and links, where others may mean harm.
@Suite struct AtomicFileOwnerTests {
  private func status(_ path: String) -> stat {
    var status = stat()
    lstat(path, &status)
    return status
  }

  @Test(arguments: [0o4755, 0o2750, 0o1777, 0o6777] as [mode_t])
  func `a setuid, setgid or sticky bit is not carried over`(mode: mode_t) throws {
    try withFolder { folder in
      let path = folder.appending(path: "a").path
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      #expect(chmod(path, mode) == 0)
      try AtomicFile.write([1], to: path)
      #expect(status(path).st_mode & 0o7777 == mode & 0o777)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func `a user's file that root writes over stays the user's`() throws {
    try withFolder { folder in
      let path = folder.appending(path: "a").path
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      #expect(chown(path, 65534, 65533) == 0 && chmod(path, 0o4777) == 0)
      try AtomicFile.write([1], to: path)
      #expect(status(path).st_uid == 65534 && status(path).st_gid == 65533)
      #expect(status(path).st_mode & 0o7777 == 0o777)
    }
  }

  /// The kernel's rule for links in /tmp (protected_symlinks), also where the kernel is told not to mind.
  @Test(
    .enabled(if: geteuid() == 0, "only root can give links away"),
    arguments: [
      // the folder's mode, the link's owner, the folder's owner; whether the link is followed
      (0o1777, 65534, 0, false), (0o1777, 0, 65534, true), (0o1777, 65534, 65534, true),
      (0o0777, 65534, 0, true), (0o1775, 65534, 0, true),
    ] as [(mode_t, uid_t, uid_t, Bool)])
  func `another user's link in a shared sticky folder is not followed`(
    mode: mode_t, link: uid_t, owner: uid_t, isFollowed: Bool
  ) throws {
    try withFolder { folder in
      let (shared, target) = (folder.appending(path: "shared").path, folder.appending(path: "target").path)
      #expect(mkdir(shared, 0o700) == 0 && mkdir(target, 0o700) == 0)
      for (name, place) in [("file", "\(target)/x"), ("folder", target)] {
        #expect(symlink(place, "\(shared)/\(name)") == 0 && lchown("\(shared)/\(name)", link, link) == 0)
      }
      #expect(chown(shared, owner, owner) == 0 && chmod(shared, mode) == 0)
      for path in ["\(shared)/file", "\(shared)/folder/y"] {
        if isFollowed {
          try AtomicFile.write([1], to: path)
        } else {
          let error = #expect(throws: EncodingError.self) { try AtomicFile.write([1], to: path) }
          #expect(error?.exitStatus == 73 && error?.description.contains("another user's link") == true)
        }
      }
      let written = try FileManager.default.contentsOfDirectory(atPath: target)
      #expect(written.sorted() == (isFollowed ? ["x", "y"] : []))
    }
  }

  @Test func `links that lead to one another are refused`() throws {
    try withFolder { folder in
      let (one, other) = (folder.appending(path: "a").path, folder.appending(path: "b").path)
      #expect(symlink(one, other) == 0 && symlink(other, one) == 0)
      #expect(throws: EncodingError.self) { try AtomicFile.write([1], to: one) }
    }
  }

  @Test func `a path with a NUL byte is refused, not cut off there`() throws {
    try withFolder { folder in
      let path = folder.appending(path: "a").path
      #expect(throws: EncodingError.self) { try AtomicFile.write([1], to: path + "\0b") }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names.isEmpty)
    }
  }
}
