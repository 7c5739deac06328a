/// A key of a config, by which values are checked and errors are told.
struct JSONKey {
  let path: String

  init(_ path: String) { self.path = path }

  func number(_ value: JSONValue, in limit: ClosedRange<Double>) throws(ModelError) -> Double {
    guard let number = value.number else { throw .wrongType(key: path, expected: "a number") }
    guard limit.contains(number) else {
      throw .outOfRange(
        key: path, value: "\(value)", limit: "from \(limit.lowerBound) to \(limit.upperBound)")
    }
    return number
  }

  func numbers(
    _ value: JSONValue?, count: Int, in limit: ClosedRange<Double>
  ) throws(ModelError) -> [Double] {
    try elements(value, count: count).map { (element) throws(ModelError) in try number(element, in: limit) }
  }

  func integers(_ value: JSONValue?, count: Int, in limit: ClosedRange<Int>) throws(ModelError) -> [Int] {
    try elements(value, count: count).map { (element) throws(ModelError) in try integer(element, in: limit) }
  }

  private func elements(_ value: JSONValue?, count: Int) throws(ModelError) -> [JSONValue] {
    guard let value else { throw .missingKey(path) }
    guard let elements = value.array, elements.count == count else {
      throw .wrongType(key: path, expected: "an array of \(count) numbers")
    }
    return elements
  }

  func integer(_ value: JSONValue, in limit: ClosedRange<Int>) throws(ModelError) -> Int {
    guard let integer = value.integer else { throw .wrongType(key: path, expected: "a whole number") }
    guard limit.contains(integer) else {
      throw .outOfRange(
        key: path, value: "\(value)", limit: "from \(limit.lowerBound) to \(limit.upperBound)")
    }
    return integer
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ value: JSONValue
  ) throws(ModelError) -> Choice {
    guard let name = value.string else { throw .wrongType(key: path, expected: "a string") }
    guard let choice = Choice(rawValue: name) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw .outOfRange(key: path, value: "\"\(name)\"", limit: "one of \(names)")
    }
    return choice
  }
}
