// Limits of architecture numbers, by which a hostile or mistaken config is refused before a graph is built.

/// Checks a number of the architecture and names its key.
func check<Number: Comparable>(
  _ key: String, _ value: Number, in limit: ClosedRange<Number>
) throws(ModelError) {
  guard limit.contains(value) else {
    throw .outOfRange(
      key: "fovea.architecture.\(key)", value: "\(value)",
      limit: "from \(limit.lowerBound) to \(limit.upperBound)")
  }
}

/// Checks every number of an array, and their count where it is given.
func check(
  _ key: String, _ values: [Int], in limit: ClosedRange<Int>, count: Int? = nil
) throws(ModelError) {
  if let count, values.count != count {
    throw .outOfRange(
      key: "fovea.architecture.\(key)", value: "\(values.count) numbers", limit: "\(count) numbers")
  }
  for (index, value) in values.enumerated() { try check("\(key).\(index)", value, in: limit) }
}

/// Checks that a number of channels is a multiple of another.
func check(_ key: String, _ value: Int, isMultipleOf factor: Int) throws(ModelError) {
  guard value.isMultiple(of: factor) else {
    throw .outOfRange(
      key: "fovea.architecture.\(key)", value: "\(value)", limit: "a multiple of \(factor)")
  }
}

/// Limits shared by the families.
enum Limit {
  static let channels = 1...8192
  static let depth = 0...256
  static let classes = 1...1_000_000
  static let scales = 16
  static let epsilon: ClosedRange<Float> = 0...0.1
  static let ratio = 1...64
  static let side = 1...16384
}
