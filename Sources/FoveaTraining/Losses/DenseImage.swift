import FoveaGraph

/// One image of a dense loss: its logits are resized row by row, and its gradient folded back as rows pass.
///
/// Unchecked: it points into the caller's arrays, and each image writes its own part of the gradient.
struct DenseImage: @unchecked Sendable {
  let image: Int
  let shape: Shape
  let height: Int
  let width: Int
  let logits: UnsafeBufferPointer<Float>
  let ids: UnsafeBufferPointer<Int32>
  let gradient: UnsafeMutableBufferPointer<Float>

  /// The summed cross entropy of the image's pixels; `gradient` gets dL/dz of both losses.
  func evaluate(_ crossEntropy: CrossEntropy, scale: Double, dice: Dice?, diceScale: Double) -> Double {
    let lines = Lines(self)
    var loss = 0.0
    lines.forEachRow { row, ids, slope in
      loss += crossEntropy.sum(
        UnsafeBufferPointer(row), shape.channels, ids: ids.baseAddress, rows: width, scale: scale, slope)
      dice?.addGradient(of: UnsafeBufferPointer(row), ids: ids, scale: diceScale, to: slope)
      return true
    }
    return loss
  }

  /// The image's part of Dice's sums.
  func diceSums() -> Dice {
    var dice = Dice(classes: shape.channels)
    Lines(self).forEachRow { row, ids, _ in
      dice.add(UnsafeBufferPointer(row), ids: ids)
      return false
    }
    return dice
  }
}

/// Rows in the making: two rows of logits resized along the row, what lies between them, and their gradients.
private final class Lines {
  private let image: DenseImage
  private let columns: [Tap]
  private let rows: [Tap]
  private let count: Int
  private let memory: UnsafeMutableBufferPointer<Float>
  /// The coarse row that each of the two lines holds; -1 for none.
  private var held = [-1, -1]

  init(_ image: DenseImage) {
    self.image = image
    columns = Tap.all(from: image.shape.width, to: image.width)
    rows = Tap.all(from: image.shape.height, to: image.height)
    count = image.width * image.shape.channels
    memory = .allocate(capacity: 6 * count)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }

  private func line(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
  }

  /// Calls `body` with each resized row (W, K), its ids and a row for its gradient, which is folded back where
  /// `body` answers true.
  func forEachRow(
    _ body: (
      UnsafeMutableBufferPointer<Float>, UnsafeBufferPointer<Int32>,
      UnsafeMutableBufferPointer<Float>
    ) -> Bool
  ) {
    let (row, slope) = (line(4), line(5))
    for y in 0..<image.height {
      let tap = rows[y]
      hold(tap.first)
      hold(tap.second)
      let (upper, lower) = (line(tap.first & 1), line(tap.second & 1))
      for i in 0..<count { row[i] = upper[i] + (lower[i] - upper[i]) * tap.weight }
      let start = (image.image * image.height + y) * image.width
      let ids = UnsafeBufferPointer(rebasing: image.ids[start..<start + image.width])
      guard body(row, ids, slope) else { continue }
      let (upperSlope, lowerSlope) = (line(2 + tap.first & 1), line(2 + tap.second & 1))
      for i in 0..<count {
        upperSlope[i] += slope[i] * (1 - tap.weight)
        lowerSlope[i] += slope[i] * tap.weight
      }
    }
    for place in 0..<2 { fold(place) }
  }

  /// Makes the line of a coarse row's parity hold it.
  private func hold(_ y: Int) {
    let place = y & 1
    guard held[place] != y else { return }
    fold(place)
    held[place] = y
    let (line, channels) = (line(place), image.shape.channels)
    let start = ((image.image * image.shape.height) + y) * image.shape.width * channels
    for (x, tap) in columns.enumerated() {
      let (left, right) = (start + tap.first * channels, start + tap.second * channels)
      for c in 0..<channels {
        let value = image.logits[left + c]
        line[x * channels + c] = value + (image.logits[right + c] - value) * tap.weight
      }
    }
  }

  /// Adds a line's gradient to the coarse row that it holds, and clears it.
  private func fold(_ place: Int) {
    guard held[place] >= 0 else { return }
    let (slope, channels) = (line(2 + place), image.shape.channels)
    let start = ((image.image * image.shape.height) + held[place]) * image.shape.width * channels
    for (x, tap) in columns.enumerated() {
      let (left, right) = (start + tap.first * channels, start + tap.second * channels)
      for c in 0..<channels {
        let value = slope[x * channels + c]
        image.gradient[left + c] += value * (1 - tap.weight)
        image.gradient[right + c] += value * tap.weight
      }
    }
    slope.update(repeating: 0)
  }
}

/// Two neighbours and the second one's weight.
private struct Tap {
  let first: Int
  let second: Int
  let weight: Float

  /// The taps of a bilinear resize, corners not aligned.
  static func all(from input: Int, to output: Int) -> [Tap] {
    (0..<output).map { place in
      let position = max(0, (Double(place) + 0.5) * Double(input) / Double(output) - 0.5)
      let first = min(Int(position), input - 1)
      return Tap(first: first, second: min(first + 1, input - 1), weight: Float(position - Double(first)))
    }
  }
}
