import FoveaImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A turn, a shear and a shift about a picture's middle: each pixel is read where the inverse map leads.
struct AffineWarp {
  /// Radians, against the clock.
  var angle = 0.0
  /// Columns a row.
  var shearAlong = 0.0
  /// Rows a column.
  var shearAcross = 0.0
  /// Columns.
  var shiftAlong = 0.0
  /// Rows.
  var shiftAcross = 0.0

  /// The picture as it is seen through the map, bilinear, with a colour where nothing is seen.
  func applied(to image: Image, fill: RGB) -> Image {
    let (middleX, middleY) = (Float(image.width - 1) / 2, Float(image.height - 1) / 2)
    let (cosine, sine) = (Float(cos(angle)), Float(sin(angle)))
    let (along, across) = (Float(shearAlong), Float(shearAcross))
    var result = Image(width: image.width, height: image.height, filledWith: fill)
    let (width, height) = (image.width, image.height)
    image.pixels.withUnsafeBufferPointer { source in
      result.pixels.withUnsafeMutableBufferPointer { target in
        for y in 0..<height {
          for x in 0..<width {
            let (dx, dy) = (Float(x) - middleX - Float(shiftAlong), Float(y) - middleY - Float(shiftAcross))
            let (shearedX, shearedY) = (dx + along * dy, dy + across * dx)
            let sourceX = cosine * shearedX - sine * shearedY + middleX
            let sourceY = sine * shearedX + cosine * shearedY + middleY
            guard sourceX >= 0, sourceY >= 0, sourceX <= Float(width - 1), sourceY <= Float(height - 1) else {
              continue
            }
            let (left, upper) = (Int(sourceX), Int(sourceY))
            let (partX, partY) = (sourceX - Float(left), sourceY - Float(upper))
            let right = min(left + 1, width - 1) - left
            let below = (min(upper + 1, height - 1) - upper) * width
            let start = upper * width + left
            for channel in 0..<3 {
              func sample(_ pixel: Int) -> Float { Float(source[3 * pixel + channel]) }
              let top = sample(start) + (sample(start + right) - sample(start)) * partX
              let bottom =
                sample(start + below) + (sample(start + below + right) - sample(start + below)) * partX
              target[3 * (y * width + x) + channel] = UInt8(top + (bottom - top) * partY + 0.5)
            }
          }
        }
      }
    }
    return result
  }
}
