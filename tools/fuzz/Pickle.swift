// The magic number, the version and the writer's description of an old checkpoint, then the fuzzer's bytes:
// no checksum keeps it from the pickle of the objects, the list of storages and the storages.
private let preamble: [UInt8] =
  [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
  + [0x80, 2, 0x4D, 0xE9, 3, 0x2E] + [0x80, 2, 0x7D, 0x2E]

/// One input of libFuzzer; always 0.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let file = WeightBytes(copying: preamble + UnsafeBufferPointer(start: bytes, count: count))
  guard let checkpoint = try? Checkpoint.open(file, as: .torchPickle) else { return 0 }
  for entry in checkpoint.entries { _ = try? checkpoint.floats(of: entry.name) }
  return 0
}
