// What a checkpoint's calls build.
extension PickleReader {
  /// Builds what calling `callee` with the tuple `arguments` stands for; nothing is called.
  mutating func call(_ callee: PickleValue, _ arguments: PickleValue) throws(WeightsError) -> PickleValue {
    guard case .global(let global) = callee else { throw damaged("a call of what is no global") }
    guard let arguments = heap.items(arguments, .tuple) else { throw damaged("a call without arguments") }
    switch global {
    case .dictionary: return try dictionary(arguments)
    case .set, .settings, .scalarPart: return .inert
    case .tensor(let version): return try tensor(arguments, version: version)
    case .parameter:
      guard case .tensor? = arguments.first else { throw damaged("a parameter without a tensor") }
      return arguments[0]
    case .factory, .storage, .elementType: throw damaged("a call of a type")
    }
  }

  /// Reads the state of an object; what is built here has none that matters.
  mutating func build() throws(WeightsError) {
    _ = try pop()
    let object = try pop()
    switch object {
    case .inert, .container: try push(object)
    default: throw damaged("a state for what has none")
    }
  }

  /// An ordered or defaulting dictionary, empty: its elements come by instructions of their own.
  ///
  /// One made of a list is refused: repeated for a list that is remembered, it would fill the memory.
  private mutating func dictionary(_ arguments: [PickleValue]) throws(WeightsError) -> PickleValue {
    for case .container in arguments { throw damaged("a dictionary made of a list") }
    try pushContainer(.dictionary, [])
    return try pop()
  }

  /// A tensor: (storage, offset, shape, strides, requires gradient, hooks[, type or metadata …]).
  private mutating func tensor(
    _ arguments: [PickleValue], version: Int
  ) throws(WeightsError) -> PickleValue {
    guard arguments.count >= (version == 1 ? 4 : version == 2 ? 6 : 7),
      case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = try axes(arguments[2]), let strides = try axes(arguments[3])
    else { throw damaged("a tensor without storage, offset, shape and strides") }
    var elementType = heap.storages[storage].elementType
    if version == 3 {
      guard case .global(.elementType(let type)) = arguments[6] else {
        throw damaged("a tensor without a type")
      }
      elementType = type
    }
    heap.tensors.append(
      PickleTensor(
        storage: storage, elementType: elementType, offset: offset, shape: shape, strides: strides))
    return .tensor(heap.tensors.count - 1)
  }

  /// A tensor's extents or strides, or `nil` where they are no integers.
  private func axes(_ value: PickleValue) throws(WeightsError) -> [Int]? {
    guard let items = heap.items(value, .tuple) ?? heap.items(value, .list) else { return nil }
    guard items.count <= limits.rank else {
      throw .overLimit(.rank, value: items.count, limit: limits.rank)
    }
    let axes = items.compactMap { if case .integer(let axis) = $0 { axis } else { nil } }
    return axes.count == items.count ? axes : nil
  }

  /// A storage by its persistent identifier: ("storage", type, key, location, count[, view]).
  mutating func storage(_ identifier: PickleValue) throws(WeightsError) -> PickleValue {
    guard let parts = heap.items(identifier, .tuple), parts.count == 5 || parts.count == 6,
      case .text("storage") = parts[0], case .global(.storage(let elementType)) = parts[1],
      case .text(let key) = parts[2], case .text = parts[3], case .integer(let count) = parts[4]
    else { throw damaged("a persistent identifier that is no storage") }
    if parts.count == 6 {
      guard case .none = parts[5] else { throw .unsupported("a storage that is a view of another") }
    }
    heap.storages.append(PickleStorage(key: key, elementType: elementType, count: count))
    return .storage(heap.storages.count - 1)
  }
}
