import FoveaGraph

/// What a step learns from: pictures, and what is true of them.
///
/// Unchecked: a batch belongs to the thread that fills it, then to the one that reads it.
final class Batch: @unchecked Sendable {
  /// (B, H, W, 3), normalised; or the maps that a frozen part of the network made of them, (B, h, w, C) each.
  let images: UnsafeMutableBufferPointer<Float>
  /// A class an image, or a pixel (B, H, W); -1 where there is none.
  let ids: UnsafeMutableBufferPointer<Int32>
  /// (B, K) where pictures were mixed.
  let targets: UnsafeMutableBufferPointer<Float>
  /// True where `targets` counts, not `ids`.
  var isMixed = false

  /// Room for a batch of a size.
  convenience init(_ shape: Shape, hasMasks: Bool, classes: Int) {
    self.init(
      elements: shape.elements, ids: hasMasks ? shape.rows : shape.batch,
      targets: hasMasks ? 0 : shape.batch * classes)
  }

  /// Room for as many numbers of each kind.
  init(elements: Int, ids idCount: Int, targets targetCount: Int) {
    images = .allocate(capacity: elements)
    images.initialize(repeating: 0)
    ids = .allocate(capacity: idCount)
    ids.initialize(repeating: -1)
    targets = .allocate(capacity: targetCount)
    targets.initialize(repeating: 0)
  }

  deinit {
    images.deallocate()
    ids.deallocate()
    targets.deallocate()
  }
}
