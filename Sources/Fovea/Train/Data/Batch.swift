import FoveaGraph

/// What a step learns from: pictures, and what is true of them.
///
/// Unchecked: a batch belongs to the thread that fills it, then to the one that reads it.
final class Batch: @unchecked Sendable {
  /// (B, H, W, 3), normalised.
  let images: UnsafeMutableBufferPointer<Float>
  /// A class an image, or a pixel (B, H, W); -1 where there is none.
  let ids: UnsafeMutableBufferPointer<Int32>
  /// (B, K) where pictures were mixed.
  let targets: UnsafeMutableBufferPointer<Float>
  /// True where `targets` counts, not `ids`.
  var isMixed = false

  /// Room for a batch of a size.
  init(_ shape: Shape, hasMasks: Bool, classes: Int) {
    images = .allocate(capacity: shape.elements)
    images.initialize(repeating: 0)
    ids = .allocate(capacity: hasMasks ? shape.rows : shape.batch)
    ids.initialize(repeating: -1)
    targets = .allocate(capacity: hasMasks ? 0 : shape.batch * classes)
    targets.initialize(repeating: 0)
  }

  deinit {
    images.deallocate()
    ids.deallocate()
    targets.deallocate()
  }
}
