// A safetensors file made of the fuzzer's bytes is opened and every tensor read.
/// One input of libFuzzer; always 0.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let file = WeightBytes(copying: UnsafeBufferPointer(start: bytes, count: count))
  guard let checkpoint = try? Checkpoint.open(file, as: .safetensors) else { return 0 }
  for entry in checkpoint.entries { _ = try? checkpoint.floats(of: entry.name) }
  return 0
}
