import Fovea

/// A JSON value whose keys keep their order, written on one line.
enum OrderedJSON: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case single(Float)
  case string(String)
  case array([OrderedJSON])
  case object([(key: String, value: OrderedJSON)])

  /// The JSON text; numbers in the shortest form that reads back equal, what is not finite as null.
  var text: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .single(let value): value.isFinite ? "\(value)" : "null"
    case .string(let value): Escaped.json(value)
    case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let pairs):
      "{" + pairs.map { "\(Escaped.json($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
    }
  }

  /// An object with a further key where something was counted.
  func with(_ key: String, count: Int) -> OrderedJSON {
    guard count > 0, case .object(let pairs) = self else { return self }
    return .object(pairs + [(key: key, value: .integer(count))])
  }
}

extension OrderedJSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension OrderedJSON: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  init(arrayLiteral elements: OrderedJSON...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, OrderedJSON)...) {
    self = .object(elements.map { (key: $0.0, value: $0.1) })
  }
}
