import FoveaImage
import FoveaModels

/// A random change of brightness, contrast and saturation: one 3×3 matrix and an offset for every pixel.
struct ColorJitter {
  private let brightness: Float
  private let contrast: Float
  private let saturation: Float

  /// Factors between 1 − strength and 1 + strength each.
  init(strength: Double, _ numbers: inout RandomNumbers) {
    func factor() -> Float { Float(numbers.uniform(max(0, 1 - strength)...(1 + strength))) }
    (brightness, contrast, saturation) = (factor(), factor(), factor())
  }

  /// Changes a picture: brighter first, then around its mean grey, then around each pixel's grey.
  func apply(to image: inout Image) {
    let mean = brightness * image.meanGrey
    let (contrast, saturation) = (contrast, saturation)
    let scale = brightness * contrast
    let offset = mean * (1 - contrast) + 0.5
    image.pixels.withUnsafeMutableBufferPointer { pixels in
      for start in stride(from: 0, to: pixels.count, by: 3) {
        let (red, green, blue) = (
          Float(pixels[start]) * scale, Float(pixels[start + 1]) * scale, Float(pixels[start + 2]) * scale
        )
        let grey = (1 - saturation) * (0.299 * red + 0.587 * green + 0.114 * blue) + offset
        pixels[start] = UInt8(max(0, min(255, red * saturation + grey)))
        pixels[start + 1] = UInt8(max(0, min(255, green * saturation + grey)))
        pixels[start + 2] = UInt8(max(0, min(255, blue * saturation + grey)))
      }
    }
  }
}

extension Image {
  /// The mean of the pixels' greys (ITU-R 601), 0…255.
  var meanGrey: Float {
    let sums = pixels.withUnsafeBufferPointer { pixels in
      var (red, green, blue) = (0, 0, 0)
      for start in stride(from: 0, to: pixels.count, by: 3) {
        red += Int(pixels[start])
        green += Int(pixels[start + 1])
        blue += Int(pixels[start + 2])
      }
      return (Float(red), Float(green), Float(blue))
    }
    return (0.299 * sums.0 + 0.587 * sums.1 + 0.114 * sums.2) / Float(width * height)
  }
}
