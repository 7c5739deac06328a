import CFoveaKernels
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Rotary position encoding: channel pairs (2i, 2i + 1) turned by angles of the pixel's row and column.
struct RotaryStage: RowStage {
  let channels: Int
  /// (H, C/4) and (W, C/4): cosines and sines of the rows' and the columns' angles.
  let rowAngles: [SIMD2<Float>]
  let columnAngles: [SIMD2<Float>]
  let elementSize: Int

  init(_ encoding: RotaryEncoding, shape: Shape, elementSize: Int) {
    channels = shape.channels
    let count = channels / 4
    func table(_ extent: Int) -> [SIMD2<Float>] {
      (0..<extent).flatMap { position in
        (0..<count).map { index -> SIMD2<Float> in
          let frequency = pow(Double(encoding.base), -Double(index) / Double(count))
          let angle = Double(position) * frequency
          return SIMD2(Float(cos(angle)), Float(sin(angle)))
        }
      }
    }
    rowAngles = table(shape.height)
    columnAngles = table(shape.width)
    self.elementSize = elementSize
  }

  /// A pixel depends on itself and on its place, so rows may not be seen as one run of tokens.
  var isPointwise: Bool { false }
  var readsNeighbours: Bool { false }

  func scratchBytes(columns: Int) -> Int { channels * 4 }

  func run(_ area: Area, _ maps: StageMaps) {
    let values = maps.scratch.assumingMemoryBound(to: Float.self)
    let quarter = channels / 4
    for row in area.rows {
      for column in area.columns {
        maps.kernels.pointee.convert_to_float(maps.input.pixel(row, column), values, channels)
        for index in 0..<quarter {
          turn(values + 2 * index, rowAngles[row * quarter + index])
          turn(values + 2 * (quarter + index), columnAngles[column * quarter + index])
        }
        maps.kernels.pointee.convert_from_float(values, maps.output.pixel(row, column), channels)
      }
    }
  }

  private func turn(_ pair: UnsafeMutablePointer<Float>, _ angle: SIMD2<Float>) {
    let (real, imaginary) = (pair[0], pair[1])
    pair[0] = real * angle.x - imaginary * angle.y
    pair[1] = real * angle.y + imaginary * angle.x
  }
}

extension RotaryEncoding: StripOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .strips(self, .unary(inputs[0]), .pixel) }

  func stage(of operation: LoweredOperation, _ site: StageSite) -> any RowStage {
    RotaryStage(self, shape: operation.output.shape, elementSize: site.elementSize)
  }
}
