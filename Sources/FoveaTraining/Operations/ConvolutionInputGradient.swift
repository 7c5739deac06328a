import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// The gradient of a k×k convolution's input, a row at a time.
///
/// Input pixel (y, x) was seen through kernel row ky by output row (y + p − ky) / s where that divides, and alike
/// by columns: for every remainder of x + p by the stride the kernel columns of that remainder, last first, meet
/// consecutive pixels of dy. So each remainder is a convolution of stride 1 over rows of dy with zeros beside.
struct ConvolutionInputGradient {
  private let convolution: Convolution
  private let source: Source
  private let output: Output
  private let weight: UnsafeMutablePointer<Float>
  private let inputs: Int, outputs: Int
  private let filters: Storage
  /// One for each remainder of rows and of columns.
  private let packed: [PackedWeights]
  private let granularity: Int

  init(_ operation: DenseConvolution, _ planner: WorkspacePlanner) {
    convolution = operation.convolution
    (source, output, weight) = (operation.source, operation.output, operation.layer.weight)
    (inputs, outputs) = (operation.inputs, operation.outputs)
    granularity = planner.kernels.pointee.depth_granularity
    let kernel = convolution.kernel
    let (stride, groups, columns, outputs) = (convolution.stride, convolution.groups, inputs, outputs)
    let granularity = granularity
    var largest = 0
    packed = (0..<stride * stride).map { remainder in
      let counts = [remainder / stride, remainder % stride].map { (kernel - $0 + stride - 1) / stride }
      let depth = max(0, counts[0]) * Self.runs(max(0, counts[1]), groups, outputs, granularity).depth
      largest = max(largest, groups * depth * columns)
      return PackedWeights(
        depth: depth, columns: columns, groups: groups, kernels: planner.kernels, planner.backward)
    }
    filters = planner.backward(largest * 4)
  }

  /// How the taps of one kernel row stand in the reduction: together where all channels mix.
  private static func runs(
    _ taps: Int, _ groups: Int, _ outputs: Int, _ granularity: Int
  ) -> (count: Int, pixels: Int, depth: Int) {
    let pixels = groups == 1 ? max(taps, 1) : 1
    let count = taps == 0 ? 0 : taps / pixels
    return (count, pixels, count * (pixels * outputs).rounded(toMultipleOf: granularity))
  }

  /// Kernel rows or columns of a remainder.
  private func taps(_ remainder: Int) -> Int {
    max(0, (convolution.kernel - remainder + convolution.stride - 1) / convolution.stride)
  }

  /// Packs every remainder's taps: [ky ascending][kx descending][O] by I.
  func pack(_ pass: Pass) {
    let (kernel, stride) = (convolution.kernel, convolution.stride)
    let area = kernel * kernel
    for (remainder, packed) in packed.enumerated() where packed.depth > 0 {
      let groupSize = packed.depth * inputs
      let target = filters.floats
      target.update(repeating: 0, count: convolution.groups * groupSize)
      let (firstY, firstX) = remainder.quotientAndRemainder(dividingBy: stride)
      let columns = taps(firstX)
      let runs = Self.runs(columns, convolution.groups, outputs, granularity)
      let runDepth = runs.depth / runs.count
      for iy in 0..<taps(firstY) {
        for ix in 0..<columns {
          let tap = (firstY + iy * stride) * kernel + firstX + (columns - 1 - ix) * stride
          let position = iy * runs.depth + ix / runs.pixels * runDepth + ix % runs.pixels * outputs
          for channel in 0..<convolution.outputChannels {
            let row = target + channel / outputs * groupSize + (position + channel % outputs) * inputs
            let filter = weight + channel * inputs * area + tap
            for c in 0..<inputs { row[c] = filter[c * area] }
          }
        }
      }
      packed.pack(target, depthStride: inputs, columnStride: 1, groupStride: groupSize, pass)
    }
  }

  /// Row y of an image's gradient from the rows of dy that saw it.
  func run(
    _ ring: inout RowRing, margin: Int, _ y: Int, _ image: Int,
    _ taps: UnsafeMutableBufferPointer<fovea_tap>, _ pass: Pass
  ) {
    guard let target = source.gradient else { return }
    let (stride, padding, shape) = (convolution.stride, convolution.padding, source.shape)
    let first = (image * shape.height + y) * shape.width
    let remainderY = (y + padding) % stride
    for x in 0..<min(stride, shape.width) {
      let remainderX = (x + padding) % stride
      let count = (shape.width - x + stride - 1) / stride
      let weights = packed[remainderY * stride + remainderX]
      for part in 0..<convolution.groups {
        let used = fill(taps, &ring, margin, y, x, part, pass)
        let offset = part * inputs * pass.elementSize
        pass.multiply(
          UnsafeBufferPointer(rebasing: taps[..<used]), inputStride: ring.stride, rows: count, weights,
          group: part, bias: nil, plus: target.residual(first + x).map { $0 + offset },
          residualStride: stride * target.residualStride, into: target.map.pixel(first + x) + offset,
          stride: stride * target.map.pixelStride)
      }
    }
  }

  /// The runs of dy that saw pixel (y, x) and those a stride apart; returns how many.
  private func fill(
    _ taps: UnsafeMutableBufferPointer<fovea_tap>, _ ring: inout RowRing, _ margin: Int, _ y: Int, _ x: Int,
    _ group: Int, _ pass: Pass
  ) -> Int {
    let (stride, padding) = (convolution.stride, convolution.padding)
    let (remainderY, remainderX) = ((y + padding) % stride, (x + padding) % stride)
    let columns = self.taps(remainderX)
    let runs = Self.runs(columns, convolution.groups, outputs, granularity)
    guard runs.count > 0 else { return 0 }
    // the last kernel column of the remainder meets the leftmost pixel
    let column = (x + padding - remainderX) / stride - (columns - 1)
    var count = 0
    for iy in 0..<self.taps(remainderY) {
      guard let row = ring.row((y + padding - remainderY) / stride - iy) else { continue }
      for run in 0..<runs.count {
        let pixel = (margin + column + run * runs.pixels) * ring.stride + group * outputs
        taps[count] = fovea_tap(
          input: row + pixel * pass.elementSize, first: iy * runs.depth + run * (runs.depth / runs.count),
          depth: runs.pixels * outputs)
        count += 1
      }
    }
    return count
  }
}
