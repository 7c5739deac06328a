import CFoveaKernels
import FoveaGraph
import Synchronization

/// Packed weights of a graph, made when a plan first needs them and shared by all plans.
final class WeightCache: Sendable {
  private struct Key: Hashable {
    var path: String
    /// The path of the norm that is folded in.
    var norm: String?
    /// Which of a transposed convolution's products it is.
    var place = 0
  }

  private struct Packed {
    var products: [Key: PackedProduct] = [:]
    var depthwise: [Key: PackedDepthwise] = [:]
    var vectors: [String: AlignedBuffer] = [:]
  }

  let source: any ParameterSource
  let kernels: KernelTable
  private let packed = Mutex(Packed())
  private let memory = BufferSlabs()

  init(source: any ParameterSource, kernels: KernelTable) {
    self.source = source
    self.kernels = kernels
  }

  /// Bytes of all that was packed so far.
  var byteCount: Int {
    packed.withLock { packed in
      packed.products.values.map(\.byteCount).reduce(0, +)
        + packed.depthwise.values.map(\.byteCount).reduce(0, +)
        + packed.vectors.values.map(\.byteCount).reduce(0, +)
    }
  }

  func product(_ convolution: Convolution, norm: BatchNorm?) throws -> PackedProduct {
    try product(Key(path: convolution.weight.path, norm: norm?.weight.path)) {
      try PackedProduct(
        convolution, norm: norm, source: source, kernels: kernels.pointer, memory: memory)
    }
  }

  /// The k² products of a transposed convolution, [i][j].
  func products(_ convolution: TransposedConvolution) throws -> [PackedProduct] {
    let keys = (0..<convolution.kernel * convolution.kernel).map { place in
      Key(path: convolution.weight.path, place: place)
    }
    let known = packed.withLock { packed in keys.compactMap { packed.products[$0] } }
    if known.count == keys.count { return known }
    let stored = try source.values(of: convolution.weight)
    return try keys.map { key in
      try product(key) {
        let part = TransposedConvolutionPart(
          whole: convolution, place: key.place, stored: stored, source: source)
        return try PackedProduct(
          part.convolution, norm: nil, source: part, kernels: kernels.pointer, memory: memory)
      }
    }
  }

  private func product(_ key: Key, make: () throws -> PackedProduct) throws -> PackedProduct {
    if let found = packed.withLock({ $0.products[key] }) { return found }
    let made = try make()
    packed.withLock { $0.products[key] = made }
    return made
  }

  func depthwise(_ convolution: Convolution, norm: BatchNorm?) throws -> PackedDepthwise {
    try depthwise(Key(path: convolution.weight.path, norm: norm?.weight.path)) {
      try PackedDepthwise(convolution, norm: norm, source: source)
    }
  }

  func depthwise(_ norm: BatchNorm) throws -> PackedDepthwise {
    try depthwise(Key(path: norm.weight.path)) { try PackedDepthwise(norm, source: source) }
  }

  private func depthwise(_ key: Key, make: () throws -> PackedDepthwise) throws -> PackedDepthwise {
    if let found = packed.withLock({ $0.depthwise[key] }) { return found }
    let made = try make()
    packed.withLock { $0.depthwise[key] = made }
    return made
  }

  /// A parameter as it is stored, or as a function makes it; `name` tells the functions apart.
  func vector(
    _ parameter: Parameter, name: String = "", _ transform: ([Float]) -> [Float] = { $0 }
  ) throws -> AlignedBuffer {
    let key = parameter.path + name
    if let found = packed.withLock({ $0.vectors[key] }) { return found }
    let made = try AlignedBuffer(transform(try source.values(of: parameter)))
    packed.withLock { $0.vectors[key] = made }
    return made
  }
}
