import Foundation

/// What a PNG's cICP chunk says of its colours, by the numbers of ITU-T H.273.
struct CodedColor {
  let primaries: Int
  let transfer: Int
  let matrix: Int
  let isFullRange: Bool

  /// Nil where the primaries or the transfer are stated to be unspecified: that says nothing.
  init?(primaries: Int, transfer: Int, matrix: Int, isFullRange: Bool) {
    guard primaries != 2, transfer != 2 else { return nil }
    (self.primaries, self.transfer, self.matrix) = (primaries, transfer, matrix)
    self.isFullRange = isFullRange
  }

  /// True when pixels are sRGB as they are.
  var isSRGB: Bool { primaries == 1 && transfer == 13 && matrix == 0 && isFullRange }

  /// The numbers' names, or the numbers.
  var text: String {
    let primaries = Self.gamuts[primaries]?.name ?? "primaries \(primaries)"
    let transfer = Self.transfers[transfer] ?? "transfer \(transfer)"
    let rest = (matrix == 0 ? "" : ", matrix \(matrix)") + (isFullRange ? "" : ", narrow range")
    return "cICP of \(primaries) and \(transfer)\(rest)"
  }

  /// White, red, green and blue as x, y; nil for numbers that are not known, and for what is not R, G, B.
  var chromaticities: [Double]? { matrix == 0 ? Self.gamuts[primaries]?.xy : nil }

  /// Light over sample, both 0...1, where 1 is the white of paper: 203 cd/m² of PQ and three quarters of HLG's signal,
  /// as ITU-R BT.2408 has it; what is lighter is clipped. Nil for a transfer that is not known.
  func light(_ sample: Double) -> Double? {
    let v = isFullRange ? sample : min(1, max(0, (255 * sample - 16) / 219))
    return Self.light(v, transfer: transfer).map { min(1, max(0, $0)) }
  }

  private static func light(_ v: Double, transfer: Int) -> Double? {
    switch transfer {
    case 1, 6, 14, 15: return v < 0.081 ? v / 4.5 : pow((v + 0.099) / 1.099, 1 / 0.45)
    case 4: return pow(v, 2.2)
    case 5: return pow(v, 2.8)
    case 8: return v
    case 13: return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
    case 16:
      let root = pow(v, 32 / 2523.0)
      return pow(max(0, root - 0.8359375) / (18.8515625 - 18.6875 * root), 8192 / 1305.0) * 10_000 / 203
    case 18: return pow(sceneLight(v) / sceneLight(0.75), 1.2)
    default: return nil
    }
  }

  /// HLG's scene light over its signal, to a factor.
  private static func sceneLight(_ v: Double) -> Double {
    v <= 0.5 ? v * v / 3 : (exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12
  }

  private static let transfers = [
    1: "BT.709's curve", 4: "gamma 2.2", 5: "gamma 2.8", 6: "BT.601's curve", 8: "linear light",
    13: "sRGB's curve", 14: "BT.2020's curve", 15: "BT.2020's curve", 16: "PQ", 18: "HLG",
  ]

  private static let gamuts: [Int: (name: String, xy: [Double])] = [
    1: ("BT.709", [0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06]),
    5: ("BT.470 BG", [0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06]),
    6: ("BT.601", [0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070]),
    7: ("SMPTE 240M", [0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070]),
    9: ("BT.2020", [0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046]),
    11: ("DCI-P3", [0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060]),
    12: ("Display P3", [0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060]),
    22: ("EBU 3213", [0.3127, 0.3290, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077]),
  ]
}
