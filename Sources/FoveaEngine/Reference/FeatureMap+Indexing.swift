import FoveaGraph

extension Shape {
  /// The position of a pixel's first channel among the elements.
  func offset(batch: Int, y: Int, x: Int) -> Int {
    ((batch * height + y) * width + x) * channels
  }
}

extension FeatureMap {
  /// One element.
  subscript(batch: Int, y: Int, x: Int, channel: Int) -> Float {
    values[shape.offset(batch: batch, y: y, x: x) + channel]
  }

  /// A map whose every element is a function of its batch, y, x and channel.
  init(_ shape: Shape, _ element: (_ batch: Int, _ y: Int, _ x: Int, _ channel: Int) -> Float) {
    var values: [Float] = []
    values.reserveCapacity(shape.elements)
    for batch in 0..<shape.batch {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          for channel in 0..<shape.channels { values.append(element(batch, y, x, channel)) }
        }
      }
    }
    self.init(shape: shape, values: values)
  }
}

/// Σ a[i + n]·b[j + n] over n < count, in Double.
func dotProduct(_ a: [Float], at i: Int, _ b: [Float], at j: Int, count: Int) -> Double {
  var sum = 0.0
  for n in 0..<count { sum += Double(a[i + n]) * Double(b[j + n]) }
  return sum
}
