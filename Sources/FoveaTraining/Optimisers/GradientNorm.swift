import FoveaEngine

/// The Euclidean norm of all gradients, by which they are clipped (Pascanu et al., 2013).
public enum GradientNorm {
  /// √Σ g² over groups, in double precision, in a fixed order. O(values).
  public static func of(_ gradients: UnsafeBufferPointer<Float>, groups: [ParameterGroup]) -> Double {
    let squares = groups.reduce(0.0) { total, group in
      guard let start = gradients.baseAddress else { return total }
      return total
        + KernelTable.float32.pointer.pointee.sum_of_squares(
          start + group.range.lowerBound, group.range.count)
    }
    return squares.squareRoot()
  }

  /// What gradients of a norm are multiplied by, so that it is at most `limit`; 1 where it is already.
  public static func scale(of norm: Double, limit: Double?) -> Float {
    guard let limit else { return 1 }
    return Float(min(1, limit / (norm + 1e-6)))
  }
}
