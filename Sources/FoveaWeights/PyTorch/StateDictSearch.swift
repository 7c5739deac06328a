/// Looks for the weights among nested dictionaries.
struct StateDictSearch {
  /// The keys that lead to what was taken.
  var path: [String] = []
  /// What lies beside it, a text a level.
  private(set) var leftOut: [String] = []
  private let heap: PickleHeap
  /// Tensors below each container that was counted.
  private var counts: [Int: Int] = [:]

  init(_ heap: PickleHeap) { self.heap = heap }

  /// A dictionary that holds tensors, under the key of another.
  private struct Child {
    let name: String
    let dictionary: PickleDictionary
    let tensors: Int
  }

  /// The state dict in a dictionary: itself, or one below.
  mutating func weights(in outer: PickleDictionary) throws(WeightsError) -> PickleDictionary {
    var dictionary = outer
    while let child = try next(in: dictionary) { dictionary = enter(child, of: dictionary) }
    return dictionary
  }

  /// The averaged weights nearest to the outermost dictionary; nil where there are none.
  mutating func averages(below outer: PickleDictionary) throws(WeightsError) -> PickleDictionary? {
    var level: [(path: [String], dictionary: PickleDictionary)] = [([], outer)]
    for _ in 0..<CheckpointLimits.standard.depth {
      var below: [(path: [String], dictionary: PickleDictionary)] = []
      for (path, dictionary) in level {
        let children = children(of: dictionary).filter { !Self.isOther($0.name) }
        let averages = children.filter { Self.isAverage($0.name) }
        if let child = try choice(StateDict.averagedNames, among: averages) {
          self.path = path
          return enter(child, of: dictionary)
        }
        below += children.map { (path + [$0.name], $0.dictionary) }
      }
      guard !below.isEmpty, below.count <= 1000 else { return nil }
      level = below
    }
    return nil
  }

  private mutating func enter(_ child: Child, of dictionary: PickleDictionary) -> PickleDictionary {
    path.append(child.name)
    let rest = dictionary.members.map(\.name).filter { $0 != child.name }
    if !rest.isEmpty { leftOut.append(rest.joined(separator: ", ")) }
    return child.dictionary
  }

  /// The dictionary below to go on with; nil where this one is the state dict.
  private mutating func next(in dictionary: PickleDictionary) throws(WeightsError) -> Child? {
    let own = dictionary.members.filter { if case .tensor = $0.value { true } else { false } }.count
    let children = children(of: dictionary).filter { !Self.isOther($0.name) }
    let plain = children.filter { !Self.isAverage($0.name) && $0.tensors >= own }
    for name in StateDict.names {
      if let child = plain.first(where: { $0.name == name }) { return child }
    }
    // what no name tells must hold more than lies beside it
    if let child = try choice([], among: plain.filter { $0.tensors > own }) { return child }
    let averages = children.filter { Self.isAverage($0.name) && $0.tensors > own }
    return try choice(StateDict.averagedNames, among: averages)
  }

  /// The first of `names`, else the one that holds the most.
  private func choice(_ names: [String], among children: [Child]) throws(WeightsError) -> Child? {
    for name in names {
      if let child = children.first(where: { $0.name == name }) { return child }
    }
    guard let most = children.map(\.tensors).max() else { return nil }
    let largest = children.filter { $0.tensors == most }
    guard largest.count == 1 else {
      throw .severalStateDicts(largest.map { (path + [$0.name]).joined(separator: ".") })
    }
    return largest[0]
  }

  private mutating func children(of dictionary: PickleDictionary) -> [Child] {
    var children: [Child] = []
    for (key, name, value) in dictionary.members {
      guard case .text = key, let items = heap.items(value, .dictionary) else { continue }
      let tensors = tensors(below: value)
      if tensors > 0 {
        children.append(Child(name: name, dictionary: PickleDictionary(items), tensors: tensors))
      }
    }
    return children
  }

  /// Tensors under texts, in a value that may lie in several others: each container is counted once.
  private mutating func tensors(below value: PickleValue) -> Int {
    guard case .container(let index) = value, let items = heap.items(value, .dictionary) else { return 0 }
    if let count = counts[index] { return count }
    var count = 0
    for (key, _, value) in PickleDictionary(items).members {
      guard case .text = key else { continue }
      if case .tensor = value { count += 1 } else { count += tensors(below: value) }
      count = min(count, CheckpointLimits.standard.opcodes)
    }
    counts[index] = count
    return count
  }

  private static func words(_ name: String) -> [Substring] {
    name.lowercased().split { $0 == "_" || $0 == "-" || $0 == "." || $0 == " " }
  }

  private static func isAverage(_ name: String) -> Bool {
    words(name).contains { $0 == "ema" || $0 == "swa" || $0 == "ewa" || $0.hasPrefix("averag") }
  }

  /// What is no model's: an optimiser's state, a loss's weights.
  private static func isOther(_ name: String) -> Bool {
    let words = words(name)
    return words.contains { word in
      ["optim", "scheduler", "criterion", "loss", "scaler", "rng", "callback", "metric"].contains {
        word.hasPrefix($0)
      }
    }
  }
}
