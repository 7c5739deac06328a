import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// φ of linear attention and its gradient by the kernels.
final class FeatureKernel {
  private let map: fovea_feature_map
  private var power: Float = 1
  private var offset: Float = 0
  private var scale: UnsafeMutablePointer<Float>?
  private(set) var scaleGradient: UnsafeMutablePointer<Float>?
  private var channels = 0
  /// 1 / softplus(scale), made anew in every step.
  private var inverseScale: AlignedBuffer?

  init(_ attention: LinearAttention, _ parameters: OperationParameters) throws {
    switch attention.featureMap {
    case .identity, .positiveRandom: map = FOVEA_FEATURES_IDENTITY
    case .relu: map = FOVEA_FEATURES_RELU
    case .eluPlusOne: map = FOVEA_FEATURES_ELU_PLUS_ONE
    case .focused(let power, let offset, let scale):
      map = FOVEA_FEATURES_FOCUSED
      (self.power, self.offset) = (power, offset)
      self.scale = parameters.values(scale)
      scaleGradient = parameters.gradient(scale)
      channels = scale.count
      inverseScale = try AlignedBuffer(byteCount: channels * 4)
    }
  }

  /// Whether the features of a token depend on all its channels.
  var isFocused: Bool { map == FOVEA_FEATURES_FOCUSED }
  /// What the kernels of a head apply on the fly.
  var headMap: fovea_feature_map { isFocused ? FOVEA_FEATURES_IDENTITY : map }

  /// Takes the present scale.
  func update() {
    guard let scale, let inverseScale else { return }
    for c in 0..<channels {
      let x = Double(scale[c])
      inverseScale.floats[c] = Float(1 / (max(x, 0) + logOnePlus(exponential(-abs(x)))))
    }
  }

  /// The focused features of pixels of a source, or nil where heads apply φ themselves.
  func focused(
    _ sources: [Source], _ index: Int?, _ pixels: Range<Int>, _ memory: UnsafeMutableRawPointer, _ pass: Pass
  ) -> PixelRun? {
    guard isFocused, let index else { return nil }
    let run = AttentionHead.Place(source: index, channel: 0).run(sources, pixels, pass)
    return features(run, rows: pixels.count, channels: channels, into: memory, pass)
  }

  /// φ of rows, side by side in memory.
  func features(
    _ run: PixelRun, rows: Int, channels: Int, into memory: UnsafeMutableRawPointer, stride: Int? = nil,
    _ pass: Pass
  ) -> PixelRun {
    var request = fovea_features(
      rows: rows, channels: channels, map: map, offset: offset, power: power,
      inverse_scale: inverseScale.map { UnsafePointer($0.floats) }, input: run.pointer,
      input_stride: run.stride, output: memory, output_stride: stride ?? channels)
    pass.kernels.pointee.features(&request)
    return PixelRun(pointer: UnsafeRawPointer(memory), stride: stride ?? channels)
  }

  /// The gradient by the input, from that by φ, into `output`.
  func gradient(
    _ run: PixelRun, _ gradient: PixelRun, rows: Int, channels: Int, sums: UnsafeMutablePointer<Float>?,
    into output: UnsafeMutableRawPointer, stride: Int, _ pass: Pass
  ) {
    var request = fovea_features_gradient(
      rows: rows, channels: channels, map: map, offset: offset, power: power,
      inverse_scale: inverseScale.map { UnsafePointer($0.floats) }, input: run.pointer,
      input_stride: run.stride, gradient: gradient.pointer, gradient_stride: gradient.stride,
      inverse_scale_sums: sums, output: output, output_stride: stride)
    pass.kernels.pointee.features_gradient(&request)
  }

  /// d scale = d (1 / softplus) · −σ(scale) / softplus².
  func addScaleGradient(_ sums: UnsafePointer<Float>) {
    guard let scale, let scaleGradient, let inverseScale else { return }
    for c in 0..<channels {
      let inverse = inverseScale.floats[c]
      let slope = 1 / (1 + exponential(-Double(scale[c])))
      scaleGradient[c] -= sums[c] * inverse * inverse * Float(slope)
    }
  }
}
