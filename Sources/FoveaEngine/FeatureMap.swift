import FoveaGraph

/// A feature map in the caller's hands: float32, channels-last, (B, H, W, C).
public struct FeatureMap: Sendable, Hashable {
  /// B, H, W and C.
  public let shape: Shape
  /// The elements, C fastest; `values.count == shape.elements`.
  public var values: [Float]

  /// A map of a shape and its elements, channels fastest.
  public init(shape: Shape, values: [Float]) {
    precondition(
      values.count == shape.elements, "a map of \(shape) has \(shape.elements) elements, not \(values.count)")
    self.shape = shape
    self.values = values
  }

  /// A map of zeros.
  public init(zeros shape: Shape) {
    self.init(shape: shape, values: [Float](repeating: 0, count: shape.elements))
  }

  /// A map from channels-first elements, (B, C, H, W), as PyTorch and safetensors have them. O(elements).
  public init(channelsFirst values: [Float], shape: Shape) {
    self.init(zeros: shape)
    for batch in 0..<shape.batch {
      for channel in 0..<shape.channels {
        let plane = (batch * shape.channels + channel) * shape.tokens
        for token in 0..<shape.tokens {
          self.values[(batch * shape.tokens + token) * shape.channels + channel] = values[plane + token]
        }
      }
    }
  }

  /// The elements channels-first, (B, C, H, W). O(elements).
  public func channelsFirst() -> [Float] {
    var result = [Float](repeating: 0, count: shape.elements)
    for batch in 0..<shape.batch {
      for channel in 0..<shape.channels {
        let plane = (batch * shape.channels + channel) * shape.tokens
        for token in 0..<shape.tokens {
          result[plane + token] = values[(batch * shape.tokens + token) * shape.channels + channel]
        }
      }
    }
    return result
  }
}
