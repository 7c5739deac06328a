/// A colour of 8 bits a channel, sRGB, each in 0...255.
public struct RGB: Sendable, Hashable, CustomStringConvertible {
  /// The red sample.
  public var red: UInt8
  /// The green sample.
  public var green: UInt8
  /// The blue sample.
  public var blue: UInt8

  /// A colour of three samples.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// White, on which transparent pictures are shown unless told otherwise.
  public static let white = RGB(255, 255, 255)
  /// Black.
  public static let black = RGB(0, 0, 0)

  /// A colour written as `#RRGGBB`, `RRGGBB`, `white` or `black`; nil for anything else.
  public init?(_ text: String) {
    switch text.lowercased() {
    case "white": self = .white
    case "black": self = .black
    default:
      let digits = text.hasPrefix("#") ? text.dropFirst() : Substring(text)
      guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit),
        let value = UInt32(digits, radix: 16)
      else { return nil }
      self.init(UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
    }
  }

  /// `#RRGGBB`.
  public var description: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
  }
}
