import FoveaEngine
import FoveaGraph
import FoveaWeights

/// A map that is read a row at a time.
protocol RowReadable {
  /// (B, H, W, C).
  var shape: Shape { get }
  /// Copies a row of an image, (W, C), C fastest.
  func read(row: Int, image: Int, into target: UnsafeMutableBufferPointer<Float>)
}

extension OutputMap: RowReadable {}

extension FeatureMap: RowReadable {
  func read(row: Int, image: Int, into target: UnsafeMutableBufferPointer<Float>) {
    let start = (image * shape.height + row) * target.count
    _ = target.update(fromContentsOf: values[start..<start + target.count])
  }
}

extension RowReadable {
  /// Hands over the elements channels-first, (B, C, H, W), in pieces of at most `pieceSize` elements or one row.
  ///
  /// As many channels at a time as fit; the map is read once for each such group.
  func forEachPlanarPiece(
    pieceSize: Int = 8 << 20, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) rethrows {
    let rows = max(1, min(shape.height, pieceSize / shape.width))
    let group = rows < shape.height ? 1 : max(1, min(shape.channels, pieceSize / shape.tokens))
    var line = [Float](repeating: 0, count: shape.width * shape.channels)
    var piece = [Float](repeating: 0, count: group * rows * shape.width)
    for image in 0..<shape.batch {
      for first in stride(from: 0, to: shape.channels, by: group) {
        let channels = first..<min(first + group, shape.channels)
        for start in stride(from: 0, to: shape.height, by: rows) {
          let range = start..<min(start + rows, shape.height)
          for row in range {
            line.withUnsafeMutableBufferPointer { read(row: row, image: image, into: $0) }
            let offset = (row - start) * shape.width
            separate(line, channels, into: &piece, at: offset, plane: range.count * shape.width)
          }
          try piece.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[..<(channels.count * range.count * shape.width)]))
          }
        }
      }
    }
  }

  /// Puts some channels of a row into planes that lie `plane` elements apart.
  private func separate(
    _ line: [Float], _ channels: Range<Int>, into piece: inout [Float], at offset: Int, plane: Int
  ) {
    let (width, depth) = (shape.width, shape.channels)
    line.withUnsafeBufferPointer { line in
      piece.withUnsafeMutableBufferPointer { piece in
        for (index, channel) in channels.enumerated() {
          let target = index * plane + offset
          for column in 0..<width { piece[target + column] = line[column * depth + channel] }
        }
      }
    }
  }
}

/// Writes maps under their names as float32 safetensors, channels-first: (B, C, H, W).
///
/// The file appears whole or not at all. Of two maps of one name the first counts. Memory is 32 MB beside
/// the maps. Gives a warning for each map that holds what is no number. Throws with status `cannotCreate` or
/// `inputOutput`.
func writeFeatures(
  _ maps: [(name: String, map: some RowReadable)], to path: String
) throws(FoveaError) -> [String] {
  let byName = Dictionary(maps.map { ($0.name, $0.map) }, uniquingKeysWith: { first, _ in first })
  var named = Set<String>()
  let entries = maps.filter { named.insert($0.name).inserted }.map { name, map in
    let shape = [map.shape.batch, map.shape.channels, map.shape.height, map.shape.width]
    return TensorEntry(name: name, elementType: .f32, shape: shape)
  }
  var strangers: [String: Int] = [:]
  try writeSafetensors(entries, to: path) { entry, write in
    try byName[entry.name]?.forEachPlanarPiece { piece in
      strangers[entry.name, default: 0] += piece.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
      try write(piece)
    }
  }
  return entries.compactMap { entry in
    guard let count = strangers[entry.name], count > 0 else { return nil }
    return "\(entry.name): \(count) of \(entry.count) values are no numbers"
  }
}
