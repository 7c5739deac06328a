import FoveaImage
import FoveaModels

/// Some operations drawn at random, at one strength (Cubuk et al., "RandAugment", 2020).
package struct RandomOperations {
  /// What may be done to a picture.
  package enum Kind: CaseIterable {
    case rotate, shearAlong, shearAcross, shiftAlong, shiftAcross, autocontrast, equalize, posterize, solarize
    case brightness, contrast, saturation, identity

    /// What leaves every pixel in its place, as a picture with a mask must be left.
    package static let inPlace: [Kind] = [
      .autocontrast, .equalize, .posterize, .solarize, .brightness, .contrast, .saturation, .identity,
    ]
  }

  private let drawn: [(kind: Kind, amount: Double)]

  /// `count` operations of some kinds, of a magnitude from 0 to 10, to either side.
  package init(
    of kinds: [Kind] = Kind.allCases, count: Int, magnitude: Double, _ numbers: inout RandomNumbers
  ) {
    drawn = (0..<count).map { _ in
      let kind = kinds[numbers.index(below: kinds.count)]
      return (kind, (numbers.chance(0.5) ? 1 : -1) * magnitude / 10)
    }
  }

  /// Changes a picture, whose uncovered corners get a colour.
  package func apply(to image: inout Image, fill: RGB) {
    for (kind, amount) in drawn { Self.apply(kind, amount, to: &image, fill) }
  }

  private static func apply(_ kind: Kind, _ amount: Double, to image: inout Image, _ fill: RGB) {
    let side = (Double(image.width), Double(image.height))
    switch kind {
    case .rotate: image = AffineWarp(angle: amount * .pi / 6).applied(to: image, fill: fill)
    case .shearAlong: image = AffineWarp(shearAlong: amount * 0.3).applied(to: image, fill: fill)
    case .shearAcross: image = AffineWarp(shearAcross: amount * 0.3).applied(to: image, fill: fill)
    case .shiftAlong: image = AffineWarp(shiftAlong: amount * 0.3 * side.0).applied(to: image, fill: fill)
    case .shiftAcross: image = AffineWarp(shiftAcross: amount * 0.3 * side.1).applied(to: image, fill: fill)
    case .autocontrast: image.stretchContrast()
    case .equalize: image.equalize()
    case .posterize: image.map { $0 & (0xff << UInt8(abs(amount) * 4)) }
    case .solarize: image.map { Double($0) >= 256 * (1 - abs(amount)) ? 255 - $0 : $0 }
    case .brightness: image.map { Self.byte(Double($0) * (1 + 0.9 * amount)) }
    case .contrast:
      let mean = Double(image.meanGrey)
      image.map { Self.byte(mean + (Double($0) - mean) * (1 + 0.9 * amount)) }
    case .saturation: image.saturate(by: 1 + 0.9 * amount)
    case .identity: break
    }
  }

  static func byte(_ value: Double) -> UInt8 { UInt8(max(0, min(255, value.rounded()))) }
}

extension Image {
  /// Replaces every sample by a function of it.
  mutating func map(_ function: (UInt8) -> UInt8) {
    let table = (0...255).map { function(UInt8($0)) }
    look(up: [table, table, table])
  }

  /// Replaces every sample by its channel's table.
  private mutating func look(up tables: [[UInt8]]) {
    let flat = tables.flatMap { $0 }
    flat.withUnsafeBufferPointer { table in
      pixels.withUnsafeMutableBufferPointer { pixels in
        for start in stride(from: 0, to: pixels.count, by: 3) {
          pixels[start] = table[Int(pixels[start])]
          pixels[start + 1] = table[256 + Int(pixels[start + 1])]
          pixels[start + 2] = table[512 + Int(pixels[start + 2])]
        }
      }
    }
  }

  /// How often each value occurs in a channel.
  private func histogram(_ channel: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: 256)
    for place in stride(from: channel, to: pixels.count, by: 3) { counts[Int(pixels[place])] += 1 }
    return counts
  }

  /// Stretches each channel to 0…255.
  mutating func stretchContrast() {
    look(
      up: (0..<3).map { channel in
        let counts = histogram(channel)
        let (low, high) = (counts.firstIndex { $0 > 0 } ?? 0, counts.lastIndex { $0 > 0 } ?? 255)
        guard high > low else { return (0...255).map { UInt8($0) } }
        return (0...255).map { RandomOperations.byte(Double($0 - low) * 255 / Double(high - low)) }
      })
  }

  /// Makes each channel's values equally frequent.
  mutating func equalize() {
    look(
      up: (0..<3).map { channel in
        let counts = histogram(channel)
        let step = (counts.reduce(0, +) - (counts.last { $0 > 0 } ?? 0)) / 255
        guard step > 0 else { return (0...255).map { UInt8($0) } }
        var sum = step / 2
        return counts.map { count in
          defer { sum += count }
          return UInt8(min(255, sum / step))
        }
      })
  }

  /// Moves every pixel from (0) or away from its grey.
  mutating func saturate(by factor: Double) {
    let factor = Float(factor)
    pixels.withUnsafeMutableBufferPointer { pixels in
      for start in stride(from: 0, to: pixels.count, by: 3) {
        let (red, green, blue) = (Float(pixels[start]), Float(pixels[start + 1]), Float(pixels[start + 2]))
        let grey = (1 - factor) * (0.299 * red + 0.587 * green + 0.114 * blue) + 0.5
        pixels[start] = UInt8(max(0, min(255, red * factor + grey)))
        pixels[start + 1] = UInt8(max(0, min(255, green * factor + grey)))
        pixels[start + 2] = UInt8(max(0, min(255, blue * factor + grey)))
      }
    }
  }
}
