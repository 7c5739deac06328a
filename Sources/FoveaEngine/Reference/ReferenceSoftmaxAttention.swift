import Foundation
import FoveaGraph

extension SoftmaxAttention: ReferenceOperation {
  func evaluate(
    _ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource
  ) throws -> FeatureMap {
    let (query, key, value) = (inputs[0], inputs[1], inputs[2])
    let addends = try Addends(self, inputs, parameters: parameters)
    let (width, valueWidth) = (query.shape.channels / heads, shape.channels / heads)
    var output = FeatureMap(zeros: shape)
    for batch in 0..<shape.batch {
      for head in 0..<heads {
        for token in 0..<shape.tokens {
          let row = (batch * shape.tokens + token) * query.shape.channels + head * width
          let keys = batch * key.shape.tokens
          let weights = softmax(
            (0..<key.shape.tokens).map { other in
              let column = (keys + other) * key.shape.channels + head * width
              return dotProduct(query.values, at: row, key.values, at: column, count: width) * Double(scale)
                + addends.addend(batch: batch, head: head, query: token, key: other)
            })
          for channel in 0..<valueWidth {
            var sum = 0.0
            for (other, weight) in weights.enumerated() {
              let source = (keys + other) * shape.channels + head * valueWidth + channel
              sum += weight * Double(value.values[source])
            }
            output.values[(batch * shape.tokens + token) * shape.channels + head * valueWidth + channel] =
              Float(sum)
          }
        }
      }
    }
    return output
  }

  private func softmax(_ logits: [Double]) -> [Double] {
    let greatest = logits.max() ?? 0
    let powers = logits.map { exp($0 - greatest) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }
}

/// What is added to the products of queries and keys: the relative bias and the mask.
private struct Addends {
  let heads: Int
  let queryWidth: Int, keyWidth: Int
  var bias: (table: [Float], window: Int)?
  var mask: WindowMask?

  init(_ attention: SoftmaxAttention, _ inputs: [FeatureMap], parameters: any ParameterSource) throws {
    heads = attention.heads
    (queryWidth, keyWidth) = (inputs[0].shape.width, inputs[1].shape.width)
    if let bias = attention.bias {
      let extents = [inputs[0], inputs[1]].flatMap { [$0.shape.height, $0.shape.width] }
      precondition(
        extents.allSatisfy { $0 == bias.window },
        "a bias for windows of \(bias.window) was given queries \(inputs[0].shape), keys \(inputs[1].shape)")
      self.bias = (try parameters.values(of: bias.table), bias.window)
    }
    if case .windows(let window, let shift) = attention.mask {
      mask = WindowMask(window, shift: shift, on: inputs[3].shape)
    }
  }

  func addend(batch: Int, head: Int, query: Int, key: Int) -> Double {
    let (y, x) = query.quotientAndRemainder(dividingBy: queryWidth)
    let (keyY, keyX) = key.quotientAndRemainder(dividingBy: keyWidth)
    var sum = 0.0
    if let (table, window) = bias {
      let relative = (y - keyY + window - 1) * (2 * window - 1) + x - keyX + window - 1
      sum += Double(table[relative * heads + head])
    }
    if let mask, mask.hides(keyY, keyX, from: y, x, window: batch) { sum -= 100 }
    return sum
  }
}

/// Which keys of a window lie in the padding, or came there across the border by the shift.
private struct WindowMask {
  let map: Shape
  let grid: WindowGrid
  let shift: Int

  init(_ window: WindowSize, shift: Int, on map: Shape) {
    self.map = map
    self.shift = shift
    grid = WindowGrid(window, on: map)
  }

  func hides(_ keyY: Int, _ keyX: Int, from y: Int, _ x: Int, window: Int) -> Bool {
    let top = window / grid.columns % grid.rows * grid.height
    let left = window % grid.columns * grid.width
    let (height, width) = (grid.rows * grid.height, grid.columns * grid.width)
    let isPadding =
      (top + keyY + shift) % height >= map.height || (left + keyX + shift) % width >= map.width
    let isWrapped =
      (top + keyY >= height - shift) != (top + y >= height - shift)
      || (left + keyX >= width - shift) != (left + x >= width - shift)
    return isPadding || isWrapped
  }
}
