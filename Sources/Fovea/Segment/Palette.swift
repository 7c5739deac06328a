import FoveaImage

/// The colors of classes.
public struct Palette: Sendable, Hashable {
  /// A color a class, in the order of the logits.
  public let colors: [RGB]
  /// The color of pixels of no class.
  public let ignored: RGB

  /// The label set's colors, and for classes without one colors that differ from each other.
  public init(_ labels: LabelSet?, classes: Int) {
    let said = labels?.classes.map { $0.color.flatMap(Self.color) } ?? []
    colors = (0..<classes).map { index in
      (index < said.count ? said[index] : nil) ?? Self.generated(index)
    }
    ignored = labels?.ignoredColor.flatMap(Self.color) ?? .black
  }

  static func color(_ samples: [UInt8]) -> RGB? {
    samples.count == 3 ? RGB(samples[0], samples[1], samples[2]) : nil
  }

  /// PASCAL VOC's colors: the bits of the index, dealt to the high bits of red, green and blue in turn.
  private static func generated(_ index: Int) -> RGB {
    var samples: [UInt8] = [0, 0, 0]
    for bit in 0..<24 where (index + 1) >> bit & 1 == 1 {
      samples[bit % 3] |= UInt8(0x80 >> (bit / 3))
    }
    return RGB(samples[0], samples[1], samples[2])
  }
}
