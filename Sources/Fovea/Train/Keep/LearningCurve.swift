import FoveaImage

/// A picture of a training: the losses of training (grey) and validation (orange), and the score (blue), each in
/// a field of its own, epochs from left to right.
struct LearningCurve {
  private static let width = 640
  private static let height = 480
  private let records: [EpochRecord]

  /// The curve of epochs.
  init(_ records: [EpochRecord]) { self.records = records }

  /// The picture.
  var picture: Image {
    var picture = Image(width: Self.width, height: Self.height, filledWith: .white)
    let losses = records.map(\.loss)
    let validation = records.map { $0.validationLoss ?? .nan }
    let top = Field(x: 60, y: 20, width: 560, height: 200, values: [losses, validation], startsAtZero: false)
    top.draw([(losses, RGB(110, 110, 110)), (validation, RGB(230, 120, 20))], on: &picture)
    let scores = records.map { $0.score ?? .nan }
    let low = Field(x: 60, y: 250, width: 560, height: 200, values: [scores], startsAtZero: true)
    low.draw([(scores, RGB(30, 90, 200))], on: &picture)
    PixelText(Float(records.count)).draw(on: &picture, x: 600, y: 458, unit: 2, color: .black)
    return picture
  }

  /// A rectangle with a scale.
  private struct Field {
    let x: Int
    let y: Int
    let width: Int
    let height: Int
    let range: ClosedRange<Double>

    init(x: Int, y: Int, width: Int, height: Int, values: [[Double]], startsAtZero: Bool) {
      (self.x, self.y, self.width, self.height) = (x, y, width, height)
      let finite = values.joined().filter(\.isFinite)
      let (low, high) = (startsAtZero ? 0 : finite.min() ?? 0, finite.max() ?? 1)
      range = low...(high > low ? high : low + 1)
    }

    func draw(_ lines: [(values: [Double], color: RGB)], on picture: inout Image) {
      for part in 0...4 {
        let (line, grey) = (y + height * part / 4, RGB(225, 225, 225))
        picture.fill(x: x, y: line, width: width, height: 1, grey)
        let value = range.upperBound - (range.upperBound - range.lowerBound) * Double(part) / 4
        let text = PixelText(Float(value))
        text.draw(on: &picture, x: x - 8 - 2 * text.width, y: line - 5, unit: 2, color: .black)
      }
      for line in lines { draw(line.values, line.color, on: &picture) }
    }

    private func draw(_ values: [Double], _ color: RGB, on picture: inout Image) {
      let points = values.enumerated().compactMap { index, value -> (x: Double, y: Double)? in
        guard value.isFinite else { return nil }
        let part = Double(index + 1) / Double(max(values.count, 1))
        let height = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        return (Double(x) + part * Double(width), Double(y + self.height) - height * Double(self.height))
      }
      for point in points {
        picture.fill(x: Int(point.x) - 2, y: Int(point.y) - 2, width: 5, height: 5, color)
      }
      for (start, end) in zip(points, points.dropFirst()) {
        let count = max(1, Int(max(abs(end.x - start.x), abs(end.y - start.y))))
        for place in 0...count {
          let part = Double(place) / Double(count)
          let (px, py) = (start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)
          picture.fill(x: Int(px), y: Int(py), width: 2, height: 2, color)
        }
      }
    }
  }
}
