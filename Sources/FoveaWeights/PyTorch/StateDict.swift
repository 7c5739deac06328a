/// The tensors that a checkpoint's author means by its weights, among all that the file holds.
struct StateDict {
  /// The tensors by name, in the file's order.
  private(set) var tensors: [(name: String, tensor: PickleTensor)] = []
  /// What was taken and what was left, for the user.
  private(set) var notes: [String] = []

  /// Chooses among the dictionaries below `root`.
  ///
  /// A dictionary of tensors is the state dict itself; otherwise the one under `state_dict` or `model` is
  /// taken, as the authors' evaluations do, or with `averaged` that under `state_dict_ema` or `model_ema`.
  init(_ root: PickleValue, in heap: PickleHeap, averaged: Bool) throws(WeightsError) {
    if case .tensor(let index) = root, !averaged {
      tensors = [("tensor", heap.tensors[index])]
      notes = ["the file is one tensor alone, here called tensor"]
      return
    }
    guard var dictionary = heap.items(root, .dictionary) else { throw .noStateDict(keys: []) }
    let names = averaged ? ["state_dict_ema", "model_ema"] : ["state_dict", "model"]
    var path: [String] = []
    while let (name, next) = Self.child(of: dictionary, named: names, in: heap) {
      path.append(name)
      noteRest(of: dictionary, except: name)
      dictionary = next
      if averaged { break }
    }
    if averaged && path.isEmpty { throw .noAveragedWeights }
    if !path.isEmpty { notes.insert("took the weights under \(path.joined(separator: "."))", at: 0) }
    try take(dictionary, from: heap)
  }

  /// The dictionary under the first of `names` that has one, where `dictionary` has such keys.
  private static func child(
    of dictionary: [PickleValue], named names: [String], in heap: PickleHeap
  ) -> (String, [PickleValue])? {
    for name in names {
      for index in stride(from: 0, to: dictionary.count, by: 2) {
        if case .text(name) = dictionary[index], let child = heap.items(dictionary[index + 1], .dictionary) {
          return (name, child)
        }
      }
    }
    return nil
  }

  private mutating func noteRest(of dictionary: [PickleValue], except taken: String) {
    let rest = Self.keys(of: dictionary).filter { $0 != taken }
    if !rest.isEmpty { notes.append("left out \(shown(rest.joined(separator: ", ")))") }
  }

  private static func keys(of dictionary: [PickleValue]) -> [String] {
    stride(from: 0, to: dictionary.count, by: 2).map { index in
      switch dictionary[index] {
      case .text(let key): key
      case .integer(let key): String(key)
      default: "?"
      }
    }
  }

  private mutating func take(_ dictionary: [PickleValue], from heap: PickleHeap) throws(WeightsError) {
    var others: [String] = []
    for (index, key) in zip(stride(from: 1, to: dictionary.count, by: 2), Self.keys(of: dictionary)) {
      if case .tensor(let tensor) = dictionary[index], case .text = dictionary[index - 1] {
        tensors.append((key, heap.tensors[tensor]))
      } else {
        others.append(key)
      }
    }
    guard !tensors.isEmpty || dictionary.isEmpty else { throw .noStateDict(keys: others) }
    if !others.isEmpty {
      notes.append("left out \(shown(others.joined(separator: ", "))), which are no tensors")
    }
  }
}
