/// A tensor that a checkpoint holds: its name, type and shape, and where its values are.
public struct TensorEntry: Sendable, Equatable {
  /// The dotted path under which the checkpoint stores it. Only a key: it may be empty or hold any character.
  public let name: String
  /// The type of the stored elements.
  public let elementType: ElementType
  /// The extent of each axis, outermost first; empty for a scalar.
  public let shape: [Int]

  /// The file offset of the first element, in bytes.
  let start: Int
  /// The distance between neighbours along each axis in elements, or `nil` when the values are contiguous.
  let strides: [Int]?

  /// Describes a tensor that is to be written: it has no place in a file yet.
  public init(name: String, elementType: ElementType, shape: [Int]) {
    self.init(name: name, elementType: elementType, shape: shape, start: 0, strides: nil)
  }

  init(name: String, elementType: ElementType, shape: [Int], start: Int, strides: [Int]?) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.start = start
    self.strides = strides
  }

  /// The number of elements: the product of the shape, 1 for a scalar.
  public var count: Int { shape.reduce(1, *) }

  /// The same tensor under another name.
  func renamed(_ name: String) -> TensorEntry {
    TensorEntry(name: name, elementType: elementType, shape: shape, start: start, strides: strides)
  }
}

/// The product of `shape` in its order, or `nil` where it leaves `Int`.
func elementCount(of shape: [Int]) -> Int? {
  var product = 1
  for extent in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: extent)
    if overflow { return nil }
    product = next
  }
  return product
}
