import FoveaImage
import FoveaModels

/// What one mask is asked for with: points, a box around it, or both, in the photo's own upright pixels.
public struct MaskPrompt: Sendable, Hashable {
  /// Pixels that it should hold, or should not.
  public var points: [PromptPoint]
  /// A rectangle around it.
  public var box: PromptBox?

  /// A prompt. Traps without a point or a box.
  public init(points: [PromptPoint] = [], box: PromptBox? = nil) {
    precondition(!points.isEmpty || box != nil, "a mask is asked for by at least one point or a box")
    (self.points, self.box) = (points, box)
  }

  /// Throws with status `usage` for a box whose borders are reversed, or lie on one another.
  public func checkOrder() throws(FoveaError) {
    guard let box else { return }
    guard box.left < box.right else { throw box.error("its right border is not right of its left one") }
    guard box.top < box.bottom else { throw box.error("its lower border is not below its upper one") }
  }

  /// Throws with status `usage` for what does not lie on a photo: points on its pixels, boxes up to its borders.
  func check(on photo: Image, path: String) throws(FoveaError) {
    try checkOrder()
    let (width, height) = (Float(photo.width), Float(photo.height))
    let place = "outside the picture of \(photo.width) x \(photo.height) pixels"
    for point in points {
      guard point.x >= 0, point.x < width, point.y >= 0, point.y < height else {
        throw FoveaError(
          path: path, reason: "the point \(numbers([point.x, point.y])) is \(place)",
          hint: "a point is x,y: the column first", status: .usage)
      }
    }
    guard let box else { return }
    guard box.left >= 0, box.right <= width, box.top >= 0, box.bottom <= height else {
      throw FoveaError(
        path: path, reason: "the box \(box.text) reaches \(place)", hint: PromptBox.hint, status: .usage)
    }
  }
}

extension PromptBox {
  fileprivate static let hint =
    "a box is left,top,right,bottom in pixels, and may end at the picture's width and height"

  fileprivate var text: String { numbers([left, top, right, bottom]) }

  fileprivate func error(_ reason: String) -> FoveaError {
    FoveaError(path: text, reason: reason, hint: Self.hint, status: .usage)
  }
}

/// Numbers between commas, whole ones without a point.
private func numbers(_ values: [Float]) -> String {
  values.map { Int(exactly: $0).map(String.init) ?? "\($0)" }.joined(separator: ",")
}
