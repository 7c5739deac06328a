import CFoveaKernels
import FoveaEngine

/// Softmax cross entropy of rows of logits, with label smoothing, weights of classes and ignored rows.
///
/// L = Σ_r Σ_c t_rc · −log softmax(z_r)_c / Σ_r w(y_r), t_rc = w_c · ((1 − s) · [c = y_r] + s / K): what
/// PyTorch's `cross_entropy` means by `weight`, `label_smoothing` and `ignore_index`.
public struct CrossEntropy: Sendable {
  /// s, the part of the target that is spread over all classes, 0 to 1.
  public var labelSmoothing: Float
  /// w, one weight a class; nil is 1 for all.
  public var classWeights: [Float]?

  /// A loss of its two settings.
  public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil) {
    precondition((0...1).contains(labelSmoothing), "label smoothing \(labelSmoothing) is not in 0...1")
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
  }

  /// The mean loss of rows with one class each; (R, K) logits → `gradient` (R, K), dL/dz.
  ///
  /// A row whose id is no class is ignored: its gradient is 0. A loss of no rows is 0. O(R·K).
  public func evaluate(
    _ logits: UnsafeBufferPointer<Float>, classes: Int, ids: UnsafeBufferPointer<Int32>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    check(logits.count, classes, rows: ids.count, gradient.count)
    let total = totalWeight(of: ids, classes: classes)
    guard total > 0 else {
      gradient.update(repeating: 0)
      return 0
    }
    return sum(logits, classes, ids: ids.baseAddress, rows: ids.count, scale: 1 / total, gradient) / total
  }

  /// The mean loss of rows with a distribution over classes each, as mixing of images makes them:
  /// (R, K) logits and targets → `gradient` (R, K). Every row counts for 1. O(R·K).
  public func evaluate(
    _ logits: UnsafeBufferPointer<Float>, classes: Int, targets: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    check(logits.count, classes, rows: targets.count / max(classes, 1), gradient.count)
    let rows = Double(targets.count / classes)
    return sum(
      logits, classes, targets: targets.baseAddress, rows: Int(rows), scale: 1 / rows, gradient) / rows
  }

  /// Σ w(y) over the rows that have a class.
  func totalWeight(of ids: UnsafeBufferPointer<Int32>, classes: Int) -> Double {
    var counts = [Int](repeating: 0, count: classes)
    for id in ids where id >= 0 && id < classes { counts[Int(id)] += 1 }
    guard let classWeights else { return Double(counts.reduce(0, +)) }
    return zip(counts, classWeights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  /// The sum over rows, and its gradient times `scale`; `gradient` may be the logits.
  func sum(
    _ logits: UnsafeBufferPointer<Float>, _ classes: Int, ids: UnsafePointer<Int32>? = nil,
    targets: UnsafePointer<Float>? = nil, rows: Int, scale: Double,
    _ gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    var loss = 0.0
    withUnsafeMutablePointer(to: &loss) { loss in
      withWeights { weights in
        var request = fovea_cross_entropy(
          rows: rows, classes: classes, logits: logits.baseAddress, logits_stride: classes, ids: ids,
          targets: targets, targets_stride: classes, class_weights: weights, smoothing: labelSmoothing,
          scale: Float(scale), loss: loss, gradient: gradient.baseAddress, gradient_stride: classes)
        KernelTable.float32.pointer.pointee.cross_entropy(&request)
      }
    }
    return loss
  }

  private func withWeights(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let classWeights else { return body(nil) }
    classWeights.withUnsafeBufferPointer { body($0.baseAddress) }
  }

  private func check(_ logits: Int, _ classes: Int, rows: Int, _ gradient: Int) {
    precondition(
      classes > 0 && logits == rows * classes && gradient == logits
        && (classWeights.map { $0.count == classes } ?? true),
      "cross entropy: \(logits) logits and \(gradient) gradients of \(rows) rows, \(classes) classes, "
        + "\(classWeights?.count ?? classes) weights")
  }
}
