@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  _ = ExifOrientation.read(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
