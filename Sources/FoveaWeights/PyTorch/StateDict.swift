/// The tensors that a checkpoint's author means by its weights, among all that the file holds.
///
/// The rule, from the outermost dictionary inwards: of the dictionaries below that hold tensors, the first of
/// `names` is taken, then the one with the most; a dictionary that holds more tensors itself is the state dict.
/// Averages are taken only where they are asked for, or where there is nothing else; what belongs to an optimiser,
/// a scheduler or a loss never is. Two of no such name with equally many tensors are an error that names both.
struct StateDict {
  /// The tensors by name, in the file's order.
  private(set) var tensors: [(name: String, tensor: PickleTensor)] = []
  /// What was taken and what was left, for the user.
  private(set) var notes: [String] = []

  /// What trainers call their weights, the surest first.
  static let names = [
    "state_dict", "model", "model_state_dict", "model_state", "net", "network", "module", "weights", "params",
  ]
  /// What they call the moving average.
  static let averagedNames = [
    "state_dict_ema", "model_ema", "ema_state_dict", "model_ema_state_dict", "ema", "ema_model", "params_ema",
  ]

  /// Chooses among the dictionaries below `root`; with `averaged` the moving average.
  init(_ root: PickleValue, in heap: PickleHeap, averaged: Bool) throws(WeightsError) {
    if case .tensor(let index) = root, !averaged {
      tensors = [("tensor", heap.tensors[index])]
      notes = ["the file is one tensor alone, here called tensor"]
      return
    }
    guard let items = heap.items(root, .dictionary) else { throw .noStateDict(keys: []) }
    var search = StateDictSearch(heap)
    var dictionary = PickleDictionary(items)
    if averaged {
      guard let found = try search.averages(below: dictionary) else { throw .noAveragedWeights }
      dictionary = found
    }
    dictionary = try search.weights(in: dictionary)
    if !search.path.isEmpty {
      notes.append("took the weights under \(shown(search.path.joined(separator: ".")))")
    }
    notes += search.leftOut.map { "left out \(shown($0))" }
    try take(dictionary, from: heap)
  }

  private mutating func take(_ dictionary: PickleDictionary, from heap: PickleHeap) throws(WeightsError) {
    var others: [String] = []
    for (key, name, value) in dictionary.members {
      if case .tensor(let tensor) = value, case .text = key {
        tensors.append((name, heap.tensors[tensor]))
      } else {
        others.append(name)
      }
    }
    guard !tensors.isEmpty || dictionary.members.isEmpty else { throw .noStateDict(keys: others) }
    if !others.isEmpty {
      notes.append("left out \(shown(others.joined(separator: ", "))), which are no tensors")
    }
  }
}

/// A dictionary's members in the file's order.
struct PickleDictionary {
  /// Key, the key as text, and value.
  let members: [(key: PickleValue, name: String, value: PickleValue)]

  init(_ items: [PickleValue]) {
    members = stride(from: 0, to: items.count, by: 2).map { index in
      let name =
        switch items[index] {
        case .text(let key): key
        case .integer(let key): String(key)
        default: "?"
        }
      return (items[index], name, items[index + 1])
    }
  }
}
