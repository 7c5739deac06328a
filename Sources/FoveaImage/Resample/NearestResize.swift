extension [UInt8] {
  /// A map of one byte a pixel at another size, each pixel the nearest of the source: for label masks.
  /// (H, W) → (newHeight, newWidth). Equal to Pillow's nearest. Traps unless there are width × height bytes.
  public func resizedNearest(width: Int, height: Int, toWidth newWidth: Int, height newHeight: Int) -> [UInt8]
  {
    precondition(
      count == width * height && width > 0 && height > 0 && newWidth > 0 && newHeight > 0,
      "resizedNearest: \(count) bytes as \(width) x \(height) to \(newWidth) x \(newHeight)")
    func sources(_ size: Int, _ newSize: Int) -> [Int] {
      let scale = Double(size) / Double(newSize)
      return (0..<newSize).map { Swift.min(size - 1, Int((Double($0) + 0.5) * scale)) }
    }
    let columns = sources(width, newWidth)
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight)
    for row in sources(height, newHeight) {
      for column in columns { result.append(self[row * width + column]) }
    }
    return result
  }
}
