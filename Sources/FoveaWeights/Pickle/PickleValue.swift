/// A value that a pickle builds. Containers, storages and tensors are held by number in a `PickleHeap`,
/// so that copying a value is cheap and no chain of values can be deep.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int)
  /// An integer past 64 bits, little-endian two's complement.
  case wideInteger([UInt8])
  case text(String)
  case container(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  /// Something harmless that no tensor depends on.
  case inert
}

/// A list, a tuple or a dictionary.
struct PickleContainer {
  enum Kind { case tuple, list, dictionary }
  var kind: Kind
  /// The elements; a dictionary's keys and values by turns.
  var items: [PickleValue] = []
  /// 1 more than the height of the highest element.
  var height = 1
  /// Whether it lies in another container. From then on it may not change, so that none can contain itself.
  var isSealed = false
}

/// A run of elements of one type under a key, of which tensors are views.
struct PickleStorage {
  var key: String
  var elementType: ElementType
  var count: Int
}

/// A view of a storage as the pickle describes it, not yet checked against it.
struct PickleTensor {
  var storage: Int
  var elementType: ElementType
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}

/// All that a pickle has built.
struct PickleHeap {
  var containers: [PickleContainer] = []
  var storages: [PickleStorage] = []
  var tensors: [PickleTensor] = []

  /// The elements of `value` where it is a container of `kind`.
  func items(_ value: PickleValue, _ kind: PickleContainer.Kind) -> [PickleValue]? {
    guard case .container(let index) = value, containers[index].kind == kind else { return nil }
    return containers[index].items
  }
}
