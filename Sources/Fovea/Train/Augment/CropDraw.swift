import FoveaImage
import FoveaModels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Which part of a photo becomes the input, and whether it is mirrored.
package struct CropDraw {
  /// The part, resized to the input's size.
  package let geometry: InputGeometry
  /// True where left becomes right.
  package let isMirrored: Bool

  /// A random part of a photo for a classifier: of an area and proportions within limits, resized to the input
  /// (torchvision's RandomResizedCrop).
  package init(
    ofArea scale: ClosedRange<Double>, ratio: ClosedRange<Double>, photo: Image, width: Int, height: Int,
    mirrors: Bool, _ numbers: inout RandomNumbers
  ) {
    let area = Double(photo.width * photo.height)
    var (partWidth, partHeight) = (Double(photo.width), Double(photo.height))
    var isFound = false
    for _ in 0..<10 where !isFound {
      let wanted = area * numbers.uniform(scale)
      let proportion =
        exp(numbers.uniform(log(ratio.lowerBound)...log(ratio.upperBound)))
        * Double(width) / Double(height)
      let sides = ((wanted * proportion).squareRoot(), (wanted / proportion).squareRoot())
      isFound = sides.0 <= Double(photo.width) && sides.1 <= Double(photo.height)
      if isFound { (partWidth, partHeight) = sides }
    }
    if !isFound {
      // the largest part of the input's proportions
      let factor = min(Double(photo.width) / Double(width), Double(photo.height) / Double(height))
      (partWidth, partHeight) = (factor * Double(width), factor * Double(height))
    }
    let resized = (
      width: max(width, Int((Double(photo.width) * Double(width) / partWidth).rounded())),
      height: max(height, Int((Double(photo.height) * Double(height) / partHeight).rounded()))
    )
    geometry = InputGeometry(
      photoWidth: photo.width, photoHeight: photo.height, resizedWidth: resized.width,
      resizedHeight: resized.height, offsetX: numbers.index(below: resized.width - width + 1),
      offsetY: numbers.index(below: resized.height - height + 1), inputWidth: width, inputHeight: height)
    isMirrored = mirrors && numbers.chance(0.5)
  }

  /// A random window of a photo at a random scale for a segmenter; where the photo is smaller, a border of the
  /// mean colour, whose pixels have no class.
  package init(
    ofScale scale: ClosedRange<Double>, photo: Image, width: Int, height: Int, mirrors: Bool, fill: RGB,
    _ numbers: inout RandomNumbers
  ) {
    // even in the logarithm: half as often twice as large
    let factor = exp(numbers.uniform(log(scale.lowerBound)...log(scale.upperBound)))
    let resized = (
      width: max(1, Int((Double(photo.width) * factor).rounded())),
      height: max(1, Int((Double(photo.height) * factor).rounded()))
    )
    func offset(_ resized: Int, _ input: Int) -> Int {
      resized >= input
        ? numbers.index(below: resized - input + 1) : -numbers.index(below: input - resized + 1)
    }
    geometry = InputGeometry(
      photoWidth: photo.width, photoHeight: photo.height, resizedWidth: resized.width,
      resizedHeight: resized.height, offsetX: offset(resized.width, width),
      offsetY: offset(resized.height, height), inputWidth: width, inputHeight: height, fill: fill)
    isMirrored = mirrors && numbers.chance(0.5)
  }

  /// The photo's part, (H, W, 3), 8-bit.
  package func image(_ photo: Image) -> Image {
    var image = photo.resampled(geometry, filter: .bilinear)
    if isMirrored { image.mirror() }
    return image
  }

  /// The mask's part, each pixel the nearest of the mask: (H, W) of the input, -1 where there is no class.
  package func ids(_ mask: [UInt16], into ids: UnsafeMutableBufferPointer<Int32>) {
    let (width, height) = (geometry.inputWidth, geometry.inputHeight)
    let columns = Self.sources(geometry.photoWidth, geometry.resizedWidth, geometry.offsetX, count: width)
    let rows = Self.sources(geometry.photoHeight, geometry.resizedHeight, geometry.offsetY, count: height)
    for (y, row) in rows.enumerated() {
      for (x, column) in columns.enumerated() {
        let place = y * width + (isMirrored ? width - 1 - x : x)
        let id = row < 0 || column < 0 ? Segmentation.unseen : mask[row * geometry.photoWidth + column]
        ids[place] = id == Segmentation.unseen ? -1 : Int32(id)
      }
    }
  }

  /// The source of each place along an axis, as `resizedNearest` takes them; -1 outside the photo.
  private static func sources(_ size: Int, _ resized: Int, _ offset: Int, count: Int) -> [Int] {
    let scale = Double(size) / Double(resized)
    return (0..<count).map { place in
      let position = place + offset
      guard position >= 0, position < resized else { return -1 }
      return min(size - 1, Int((Double(position) + 0.5) * scale))
    }
  }
}

extension Image {
  /// Makes left right.
  mutating func mirror() {
    let (width, height) = (width, height)
    pixels.withUnsafeMutableBufferPointer { pixels in
      for y in 0..<height {
        var (left, right) = (3 * y * width, 3 * (y * width + width - 1))
        while left < right {
          for channel in 0..<3 { pixels.swapAt(left + channel, right + channel) }
          (left, right) = (left + 3, right - 3)
        }
      }
    }
  }
}
