import Foundation

/// A float32 safetensors file, read without the package's own reader.
struct SafetensorsFile {
  let shapes: [String: [Int]]
  private let offsets: [String: Range<Int>]
  private let data: Data

  init(_ url: URL) throws {
    let file = try Data(contentsOf: url)
    let count = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let json = try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(count)) as? [String: Any]
    var (shapes, offsets): ([String: [Int]], [String: Range<Int>]) = ([:], [:])
    for case (let name, let entry as [String: Any]) in json ?? [:] {
      guard let shape = entry["shape"] as? [Int], let range = entry["data_offsets"] as? [Int],
        entry["dtype"] as? String == "F32"
      else { continue }
      (shapes[name], offsets[name]) = (shape, range[0]..<range[1])
    }
    (self.shapes, self.offsets, data) = (shapes, offsets, Data(file.dropFirst(8 + count)))
  }

  func floats(_ name: String) throws -> [Float] {
    guard let range = offsets[name] else { return [] }
    return stride(from: range.lowerBound, to: range.upperBound, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << UInt32(8 * $1) })
    }
  }
}
