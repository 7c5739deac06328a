import Foundation
import FoveaWeights
import Testing

/// A weight file that somebody changes while it is open; a mapped one would end the process with SIGBUS.
@Suite struct ChangedFileTests {
  private static let kinds = [
    "checkpoints/every_type.safetensors", "goldens/mila_tiny_dims/checkpoint.pth", "checkpoints/legacy.pth",
  ]

  private static let changes: [(name: String, change: @Sendable (URL) throws -> Void)] = [
    ("cut to nothing", { try FileHandle(forWritingTo: $0).truncate(atOffset: 0) }),
    ("cut by a byte", { try FileHandle(forWritingTo: $0).truncate(atOffset: size($0) - 1) }),
    ("grown", { try append([0], to: $0) }),
    ("written over", { try Data(repeating: 1, count: Int(size($0))).write(to: $0) }),
    (
      "replaced by the same bytes",
      { file in
        let bytes = try Data(contentsOf: file)
        try FileManager.default.removeItem(at: file)
        try bytes.write(to: file)
      }
    ),
    ("removed", { try FileManager.default.removeItem(at: $0) }),
    (
      "moved away with its folder",
      { file in
        let folder = file.deletingLastPathComponent()
        try FileManager.default.moveItem(at: folder, to: folder.appendingPathExtension("old"))
      }
    ),
  ]

  private static func size(_ file: URL) throws -> UInt64 {
    try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? UInt64 ?? 0
  }

  private static func append(_ bytes: [UInt8], to file: URL) throws {
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  @Test(arguments: kinds, changes.map(\.name))
  func whatIsReadAfterAChangeIsAnError(kind: String, name: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    let file = folder.appending(path: "weights")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
      for path in [folder, folder.appendingPathExtension("old")] {
        try? FileManager.default.removeItem(at: path)
      }
    }
    try Data(fixtureBytes(kind)).write(to: file)
    // a time of its own, whatever the clock's grain is
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: file.path)
    let checkpoint = try Checkpoint.open(path: file.path)
    let entry = try #require(checkpoint.entries.last { $0.elementType.isReadable && $0.count > 0 })
    let before = try checkpoint.floats(of: entry.name)
    #expect(try checkpoint.floats(of: entry.name).map(\.bitPattern) == before.map(\.bitPattern))
    let change = try #require(Self.changes.first { $0.name == name }?.change)
    try change(file)
    #expect(throws: WeightsError.changed) { try checkpoint.floats(of: entry.name) }
    #expect(throws: WeightsError.changed) { try checkpoint.withBytes(of: entry.name) { $0.count } }
    #expect(throws: WeightsError.changed) { try checkpoint.nonFiniteTensors() }
    #expect(WeightsError.changed.exitStatus == 74 && WeightsError.changed.hint != nil)
  }

  @Test func anOldCheckpointWhosePicklesAreLongIsReadWhole() throws {
    // a megabyte of a text that says nothing stands before the objects' state dict
    let bytes = try fixtureBytes("checkpoints/legacy.pth")
    let before = try Checkpoint.open(WeightBytes(copying: bytes))
    let preamble = try #require(preambleEnd(bytes))
    let text = [UInt8](repeating: 0x61, count: 3 << 20)
    let length = withUnsafeBytes(of: UInt32(text.count).littleEndian) { [UInt8]($0) }
    let longer = bytes[..<preamble] + [0x80, 2, 0x58] + length + text + [0x30] + bytes[(preamble + 2)...]
    let after = try Checkpoint.open(WeightBytes(copying: Array(longer)))
    #expect(after.entries.map(\.name) == before.entries.map(\.name))
    for entry in before.entries { #expect(try after.floats(of: entry.name) == before.floats(of: entry.name)) }
  }

  /// Where the fourth pickle, that of the objects, begins: each begins with its protocol and ends with a dot.
  private func preambleEnd(_ bytes: [UInt8]) -> Int? {
    let starts = bytes.indices.dropLast(1).filter {
      $0 > 0 && bytes[$0] == 0x80 && bytes[$0 + 1] == 2 && bytes[$0 - 1] == 0x2E
    }
    return starts.count >= 3 ? starts[2] : nil
  }
}
