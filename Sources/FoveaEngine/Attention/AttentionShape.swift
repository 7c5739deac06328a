import CFoveaKernels
import FoveaGraph

/// The numbers of a linear attention that its two passes share.
struct AttentionShape: Sendable {
  var heads: Int
  /// D of queries and keys.
  var keyWidth: Int
  /// D of values.
  var valueWidth: Int
  /// Channels from a head's queries (keys, values) to the next head's.
  var headStride: Int
  /// The feature map, its focusing scale kept beside it.
  var map: fovea_feature_map
  var power: Float = 1
  var offset: Float = 0
  var inverseScale: AlignedBuffer?
  var epsilon: Float

  /// Floats of one image's sums: Σ φ(k)ᵀ v, then Σ φ(k), head by head.
  var sumsFloats: Int { heads * keyWidth * (valueWidth + 1) }
  /// Focusing looks at a token's whole channel vector, so its features are computed before the heads part.
  var isFocused: Bool { map == FOVEA_FEATURES_FOCUSED }
  /// The map that the kernels of a head apply on the fly.
  var headMap: fovea_feature_map { isFocused ? FOVEA_FEATURES_IDENTITY : map }

  func products(_ head: Int, in sums: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
    sums + head * keyWidth * (valueWidth + 1)
  }

  func totals(_ head: Int, in sums: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
    products(head, in: sums) + keyWidth * valueWidth
  }

  /// Focused features of a run of tokens, written beside one another.
  func focus(
    _ input: UnsafeRawPointer, stride: Int, tokens: Int, into output: UnsafeMutableRawPointer,
    _ kernels: UnsafePointer<fovea_kernels>
  ) {
    let channels = heads * keyWidth
    var request = fovea_features(
      rows: tokens, channels: channels, map: map, offset: offset, power: power,
      inverse_scale: inverseScale.map { UnsafePointer($0.floats) }, input: input, input_stride: stride,
      output: output, output_stride: channels)
    kernels.pointee.features(&request)
  }
}
