/// Reads an orientation out of bytes that may be anything. Gives 0, as libFuzzer asks.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  _ = ExifOrientation.read(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
