import CFoveaCodecs

/// What a file says about its colours, and whether that differs from sRGB.
struct ColorDescription {
  private let info: fovea_image_info
  /// gAMA for sRGB's curve, times 100 000, as the PNG specification gives it.
  private static let srgbGamma = 45455
  /// White, red, green and blue of sRGB as x, y, times 100 000.
  private static let srgbChromaticities = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]

  init(_ info: fovea_image_info) { self.info = info }

  /// One line for a description that is not sRGB and is ignored; none when the colours pass as they are.
  func warnings(pilParity: Bool) -> [String] {
    if pilParity || info.has_srgb { return [] }
    if info.icc != nil { return isLikeSRGB ? [] : ["colour profile ignored: pixels are taken as sRGB"] }
    if info.gamma > 0 && differs(Int(info.gamma), Self.srgbGamma) {
      return ["gAMA of \(Double(info.gamma) / 100_000) ignored: pixels are taken as sRGB"]
    }
    if info.has_chromaticities
      && chromaticities.indices.contains(where: { i in
        differs(chromaticities[i], Self.srgbChromaticities[i])
      })
    {
      return ["cHRM other than sRGB's ignored: pixels are taken as sRGB"]
    }
    return []
  }

  /// Values within 2 % are taken for the same.
  private func differs(_ value: Int, _ expected: Int) -> Bool { abs(value - expected) * 50 > expected }

  private var chromaticities: [Int] {
    withUnsafeBytes(of: info.chromaticities) { $0.bindMemory(to: Int32.self).map(Int.init) }
  }

  /// A profile whose text names sRGB.
  private var isLikeSRGB: Bool {
    guard let start = info.icc else { return false }
    let bytes = UnsafeBufferPointer(start: start, count: min(Int(info.icc_size), 4096))
    let name = Array("sRGB".utf8)
    return bytes.indices.dropLast(name.count - 1).contains { i in
      name.indices.allSatisfy { bytes[i + $0] == name[$0] }
    }
  }
}
