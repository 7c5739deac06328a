import FoveaImage

/// A number in letters of 3×5 pixels, for scales on pictures.
struct PixelText: Sendable {
  private let letters: [UInt16]

  /// Each letter's rows from the top, three bits each, the leftmost pixel first.
  private static let shapes: [Character: UInt16] = [
    "0": 0b111_101_101_101_111, "1": 0b010_110_010_010_111, "2": 0b111_001_111_100_111,
    "3": 0b111_001_111_001_111, "4": 0b101_101_111_001_001, "5": 0b111_100_111_001_111,
    "6": 0b111_100_111_101_111, "7": 0b111_001_010_010_010, "8": 0b111_101_111_101_111,
    "9": 0b111_101_111_001_111, ".": 0b000_000_000_000_010, "-": 0b000_000_111_000_000,
    "e": 0b000_111_101_110_111,
  ]

  /// A number to two digits, with an exponent where it is below a hundredth or from a thousand on.
  init(_ value: Float) {
    let text = Self.text(Double(value))
    letters = text.compactMap { Self.shapes[$0] }
  }

  /// Columns of pixels.
  var width: Int { max(0, 4 * letters.count - 1) }

  /// Writes the text from its upper left corner; a pixel of a letter is `unit` pixels wide.
  func draw(on picture: inout Image, x: Int, y: Int, unit: Int, color: RGB = .white) {
    for (place, letter) in letters.enumerated() {
      for bit in 0..<15 where letter >> (14 - bit) & 1 == 1 {
        picture.fill(
          x: x + (4 * place + bit % 3) * unit, y: y + bit / 3 * unit, width: unit, height: unit, color)
      }
    }
  }

  /// "0", "0.12", "1.5", "3.4e-5".
  static func text(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "0" }
    var (mantissa, exponent) = (abs(value), 0)
    if mantissa < 0.01 || mantissa >= 1000 {
      while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
      while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    }
    let factor = mantissa < 1 ? 1000.0 : mantissa < 10 ? 10 : 1
    let rounded = (mantissa * factor).rounded() / factor
    let digits = rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    return (value < 0 ? "-" : "") + digits + (exponent == 0 ? "" : "e\(exponent)")
  }
}
