import CFoveaCodecs

/// What a file says about its colours, the strongest of what it says: a cICP chunk before a profile before an sRGB
/// chunk before gAMA and cHRM, as the PNG specification ranks them.
enum ColorDescription {
  /// sRGB, or nothing, or so near to sRGB that pixels pass as they are.
  case sRGB
  /// Primaries and a transfer by number.
  case coded(CodedColor)
  /// An ICC profile.
  case profile(ICCProfile)
  /// A power law, light = sample^(1/gamma), and primaries as x, y of white, red, green and blue; nil for sRGB's.
  case calibrated(gamma: Double?, chromaticities: [Double]?)

  /// gAMA for sRGB's curve, times 100 000, as the PNG specification gives it.
  private static let srgbGamma = 45455
  /// White, red, green and blue of sRGB as x, y, times 100 000.
  private static let srgbChromaticities = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]

  init(_ info: fovea_image_info) {
    let code = info.coded_colour
    if info.has_coded_colour,
      let color = CodedColor(
        primaries: Int(code.0), transfer: Int(code.1), matrix: Int(code.2), isFullRange: code.3 == 1)
    {
      self = color.isSRGB ? .sRGB : .coded(color)
      return
    }
    if let start = info.icc, !info.has_srgb {
      let profile = ICCProfile(bytes: [UInt8](UnsafeBufferPointer(start: start, count: Int(info.icc_size))))
      self = profile.namesSRGB ? .sRGB : .profile(profile)
      return
    }
    let stated = withUnsafeBytes(of: info.chromaticities) { $0.bindMemory(to: Int32.self).map(Int.init) }
    let gammaDiffers = info.gamma > 0 && Self.differ(Int(info.gamma), Self.srgbGamma)
    let primariesDiffer =
      info.has_chromaticities && zip(stated, Self.srgbChromaticities).contains { Self.differ($0, $1) }
    guard !info.has_srgb, gammaDiffers || primariesDiffer else {
      self = .sRGB
      return
    }
    self = .calibrated(
      gamma: info.gamma > 0 ? Double(info.gamma) / 100_000 : nil,
      chromaticities: primariesDiffer ? stated.map { Double($0) / 100_000 } : nil)
  }

  /// The description in a few words.
  var text: String {
    switch self {
    case .sRGB: "sRGB"
    case .coded(let color): color.text
    case .profile: "colour profile"
    case .calibrated(let gamma?, nil): "gAMA of \(gamma)"
    case .calibrated(nil, _): "cHRM other than sRGB's"
    case .calibrated(let gamma?, _): "gAMA of \(gamma) with cHRM other than sRGB's"
    }
  }

  /// Values within 2 % are taken for the same.
  private static func differ(_ value: Int, _ expected: Int) -> Bool { abs(value - expected) * 50 > expected }
}
