import FoveaGraph

/// The tensors that an architecture wants of a checkpoint, and which of them may differ or lack.
struct ArchitectureTensors {
  let keys: CheckpointKeys
  /// All that a whole checkpoint holds.
  let needed: [Parameter]
  /// Those of the stages, which a backbone has.
  private let backbone: Set<String>
  /// Those of the layer that gives the classes, with the axis that counts them.
  private let classAxes: [String: Int]
  /// Weights that read the image, whose second axis counts its channels.
  private let stems: Set<String>
  /// Graphs beside the first, as a whole.
  private let further: Set<String>
  /// Every path that a checkpoint may hold.
  private let known: Set<String>

  init(_ architecture: any Architecture, _ graph: Graph) {
    keys = architecture.keys
    needed = keys.needed(by: [graph] + architecture.furtherGraphs.values)
    known = Set((needed + keys.unused).map(\.path))
    let stages = graph.parameters { $0 != "logits" }
    backbone = graph.outputs.contains { $0.name != "logits" } ? stages : []
    further = Set(needed.map(\.path)).subtracting(graph.parameters.map(\.path))
    stems = Set((graph.stems ?? []).map(\.path))
    var axes: [String: Int] = [:]
    if let last = graph.output(named: "logits").flatMap(graph.lastLayer) {
      let operation = graph.nodes[last].operation
      let isTransposed = if case .transposedConvolution = operation { true } else { false }
      for parameter in operation.rules.parameters {
        axes[parameter.path] = isTransposed && parameter.shape.count > 1 ? 1 : 0
      }
    }
    classAxes = axes
  }

  /// Whether any of a few names is the architecture's; where none is the names mean something else. O(1).
  func mayFit(_ naming: TensorNaming) -> Bool {
    let step = max(1, naming.names.count / 16)
    return stride(from: 0, to: naming.names.count, by: step).contains { place in
      keys.map(naming.names[place].name).map(known.contains) == true
    }
  }

  /// What tensors of a checkpoint are missing, unexpected or misshapen, and what explains them.
  func fit(_ naming: TensorNaming, shapes: [String: [Int]]) -> TensorFit {
    var names: [String: String] = [:]
    for (stored, name) in naming.names where !keys.isDerived(name) {
      guard let path = keys.map(name) else { continue }
      if let other = names.updateValue(stored, forKey: path) {
        return TensorFit(naming: naming, names: names, collision: (other, stored, path))
      }
    }
    var fit = TensorFit(naming: naming, names: names)
    for parameter in needed + keys.unused {
      guard let stored = names[parameter.path], let shape = shapes[stored], shape != parameter.shape else {
        continue
      }
      if let count = Self.other(classAxes[parameter.path], parameter.shape, shape),
        fit.classCount ?? count == count
      {
        fit.classCount = count
        fit.classTensor = stored
        fit.explained.append(.init(path: parameter.path, expected: parameter.shape, actual: shape))
      } else if stems.contains(parameter.path), let count = Self.other(1, parameter.shape, shape),
        fit.channels ?? count == count
      {
        (fit.channels, fit.stem) = (count, stored)
        fit.explained.append(.init(path: parameter.path, expected: parameter.shape, actual: shape))
      } else {
        fit.mismatch.misshapen.append(.init(path: parameter.path, expected: parameter.shape, actual: shape))
      }
    }
    // a shape that is as expected speaks against another count as well
    if fit.classCount != nil, classAxes.keys.contains(where: { isAsExpected($0, names, shapes) }) {
      fit.rejectClassCount(needed, shapes)
    }
    fit.mismatch.missing = needed.filter { names[$0.path] == nil }
    fit.mismatch.unexpected = names.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
      .map { Parameter(path: $0.value, shape: shapes[$0.value] ?? []) }
    let missing = Set(fit.mismatch.missing.map(\.path))
    let ends = classAxes.isEmpty ? further : Set(classAxes.keys)
    fit.isBackbone =
      !ends.isEmpty && missing.isSuperset(of: ends) && missing.isDisjoint(with: backbone)
      && !backbone.isEmpty
    fit.hasLastLayer = !classAxes.isEmpty && missing.isDisjoint(with: classAxes.keys)
    fit.shared =
      needed.isEmpty
      ? 0
      : Double(needed.count - missing.count)
        / Double(needed.count + fit.mismatch.unexpected.count)
    return fit
  }

  private func isAsExpected(_ path: String, _ names: [String: String], _ shapes: [String: [Int]]) -> Bool {
    guard let stored = names[path], let parameter = needed.first(where: { $0.path == path }) else {
      return false
    }
    return shapes[stored] == parameter.shape
  }

  /// The extent of an axis where all others agree.
  private static func other(_ axis: Int?, _ expected: [Int], _ actual: [Int]) -> Int? {
    guard let axis, expected.count == actual.count, axis < actual.count else { return nil }
    var same = expected
    same[axis] = actual[axis]
    return same == actual ? actual[axis] : nil
  }
}

/// How the tensors of a checkpoint, under some names, compare with an architecture's.
struct TensorFit {
  let naming: TensorNaming
  /// Stored names by the architecture's paths.
  let names: [String: String]
  /// Two stored names that become one path.
  var collision: (first: String, second: String, path: String)?
  /// What neither another number of classes nor other channels explain.
  var mismatch = TensorMismatch()
  /// Misshapen tensors that they do explain.
  var explained: [TensorMismatch.Misshapen] = []
  /// The number of classes, and a tensor that tells it, where it is another than the architecture's.
  var classCount: Int?
  var classTensor = ""
  /// The picture's channels, and the tensor that tells them, where they are others than the architecture's.
  var channels: Int?
  var stem = ""
  /// True where the stages have all their tensors and the layer that gives the classes has none.
  var isBackbone = false
  /// True where that layer has all its tensors.
  var hasLastLayer = false
  /// The part of all tensors that both have.
  var shared = 0.0

  /// True where every tensor has its place, but for another number of classes or channels.
  var isWhole: Bool { collision == nil && mismatch.isEmpty }

  /// True where every tensor has its place and the head is missing.
  var isPart: Bool {
    collision == nil && isBackbone && mismatch.unexpected.isEmpty && mismatch.misshapen.isEmpty
  }

  /// Every tensor that is not as the architecture has it, for an error that lists them.
  var allDifferences: TensorMismatch {
    var all = mismatch
    all.misshapen += explained
    return all
  }

  /// The better the smaller: whole before part, everything taken before something left out.
  var rank: Int { (isWhole ? 0 : isPart ? 2 : 4) + (naming.leftOut.isEmpty ? 0 : 1) }

  /// Tensors that differ.
  var differences: Int {
    mismatch.missing.count + mismatch.unexpected.count + mismatch.misshapen.count + (collision == nil ? 0 : 1)
  }

  fileprivate mutating func rejectClassCount(_ needed: [Parameter], _ shapes: [String: [Int]]) {
    for parameter in needed where names[parameter.path] == classTensor {
      mismatch.misshapen.append(
        .init(path: parameter.path, expected: parameter.shape, actual: shapes[classTensor] ?? []))
    }
    classCount = nil
  }
}
