/// Colours for values in 0...1, of evenly growing lightness, so that equal steps look equal.
///
/// The table is made in Oklab (Björn Ottosson, 2020): lightness runs straight from dark to light while the hue
/// turns once around from violet over red and orange to yellow, as strong as sRGB can show it.
public struct ColorMap: Sendable {
  /// 256 colours, for values from 0 to 1.
  public let colors: [RGB]

  /// The map of heat: nearly black, violet, red, orange, nearly white.
  public static let heat = ColorMap(lightness: 0.16...0.97, startHue: -70, endHue: 105, chroma: 0.17)

  /// The map of what is below zero on a scale with heat above it: nearly black, blue, cyan, nearly white.
  public static let cold = ColorMap(lightness: 0.12...0.97, startHue: 290, endHue: 180, chroma: 0.17)

  /// A map of 256 colours whose lightness, 0 black to 1 white, and hue, in degrees, change evenly.
  init(lightness: ClosedRange<Double>, startHue: Double, endHue: Double, chroma: Double) {
    colors = (0...255).map { index in
      let t = Double(index) / 255
      let light = lightness.lowerBound + t * (lightness.upperBound - lightness.lowerBound)
      let hue = (startHue + t * (endHue - startHue)) * .pi / 180
      return strongestColor(lightness: light, hue: hue, chroma: chroma)
    }
  }

  /// The colour of `value`; values outside 0...1, and NaN, are taken for the nearer end, NaN for 0.
  public subscript(value: Float) -> RGB {
    guard value > 0 else { return colors[0] }
    return colors[min(255, Int(min(value, 1) * 255 + 0.5))]
  }
}

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The colour of this lightness and hue that is nearest to `chroma` and within sRGB.
private func strongestColor(lightness: Double, hue: Double, chroma: Double) -> RGB {
  var strength = chroma
  while true {
    let linear = linearRGB(lightness: lightness, a: strength * cos(hue), b: strength * sin(hue))
    if strength <= 0 || linear.allSatisfy({ $0 >= -1e-6 && $0 <= 1 + 1e-6 }) {
      let samples = linear.map { UInt8(max(0, min(255, encoded($0) * 255 + 0.5))) }
      return RGB(samples[0], samples[1], samples[2])
    }
    strength -= 0.002
  }
}

/// Oklab to linear sRGB, each 0...1 where it can be shown.
private func linearRGB(lightness: Double, a: Double, b: Double) -> [Double] {
  func cube(_ x: Double) -> Double { x * x * x }
  let l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
  let m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
  let s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
  ]
}

/// sRGB's curve.
private func encoded(_ x: Double) -> Double {
  x <= 0.0031308 ? 12.92 * max(x, 0) : 1.055 * pow(x, 1 / 2.4) - 0.055
}
