import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// Softmax attention, y = P v with P = softmax(q kᵀ · scale + bias + mask), head by head; backward computes P again.
///
/// With g the gradient by y: dP = g vᵀ, dS = scale · P ∘ (dP − Σ dP ∘ P), dq = dS k, dk = dSᵀ q, dv = Pᵀ g.
final class SoftmaxAttentionOperation: DifferentiableOperation {
  let attention: SoftmaxAttention
  let sources: [Source]
  let output: Output
  /// Queries that pass together.
  let block = 64
  private let table: UnsafeMutablePointer<Float>?
  private let tableGradient: UnsafeMutablePointer<Float>?
  private let masks: WindowMasks?
  private var bias: Storage?
  private var biasSums: GroupSums?

  init(
    _ attention: SoftmaxAttention, _ sources: [Source], _ output: Output, _ parameters: OperationParameters,
    windowsOf map: Shape?
  ) {
    self.attention = attention
    self.sources = sources
    self.output = output
    table = attention.bias.map { parameters.values($0.table) }
    tableGradient = attention.bias.flatMap { parameters.gradient($0.table) }
    if case .windows(let window, let shift) = attention.mask, let map {
      masks = WindowMasks(window: window, shift: shift, on: map)
    } else {
      masks = nil
    }
  }

  var memory: BackwardMemory { BackwardMemory(sources: [true, true, true]) }
  var queries: Int { output.map.shape.tokens }
  var keys: Int { sources[1].shape.tokens }
  var keyWidth: Int { sources[0].shape.channels / attention.heads }
  var valueWidth: Int { output.map.shape.channels / attention.heads }
  private var groups: Int { min(Workers.groups, output.map.shape.batch) }

  var scratchBytes: Int {
    let size = output.map.elementSize
    let widest = max(keyWidth, valueWidth).rounded(toMultipleOf: 32)
    let paddedKeys = keys.rounded(toMultipleOf: 32)
    return 2 * block * keys * size + 4 * paddedKeys * widest * size + 2 * keys * widest * 4
      + block * output.map.shape.channels * size + keys * widest * size + 1024
  }

  func plan(_ planner: WorkspacePlanner) {
    let count = attention.heads * queries * keys
    if table != nil { bias = planner.both(count * 4) }
    if tableGradient != nil { biasSums = GroupSums(groups: groups, count: count, planner.backward) }
  }

  /// The bias of a head, (N, N).
  private func bias(_ head: Int) -> UnsafePointer<Float>? {
    bias.map { UnsafePointer($0.floats + head * queries * keys) }
  }

  /// The mask of an image's keys, (N, N), among the tables.
  private func mask(_ image: Int, _ tables: UnsafePointer<Float>?) -> UnsafePointer<Float>? {
    guard let masks, let tables, let table = masks.tableOfWindow[image % masks.tableOfWindow.count] else {
      return nil
    }
    return tables + table * queries * keys
  }

  /// The table's entries for every pair of positions.
  private func spreadBias() {
    guard let relative = attention.bias, let table, let bias else { return }
    let values = Array(UnsafeBufferPointer(start: table, count: relative.table.count))
    let spread = RelativeBias.spread(values, window: relative.window, heads: attention.heads)
    spread.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { bias.floats.update(from: base, count: source.count) }
    }
  }

  func forward(_ pass: Pass) {
    spreadBias()
    output.begin()
    forEachImage(pass) { image, _, scratch, mask in
      let run = SoftmaxAttentionPass(operation: self, image: image, mask: self.mask(image, mask), pass: pass)
      for head in 0..<attention.heads { run.answer(head, bias: bias(head), scratch) }
    }
    if output.tail?.statistics != nil {
      for image in 0..<output.map.shape.batch {
        output.finished(image * queries..<(image + 1) * queries, group: 0, pass)
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    output.prepareGradient(pass)
    if let biasSums { for group in 0..<groups { biasSums.clear(group) } }
    forEachImage(pass) { image, group, scratch, mask in
      let run = SoftmaxAttentionPass(operation: self, image: image, mask: self.mask(image, mask), pass: pass)
      for head in 0..<attention.heads {
        let sums = biasSums.map { $0.sums(group) + head * queries * keys }
        run.sendBack(head, gradients, bias: bias(head), biasSums: sums, scratch)
      }
    }
    addTableGradient(pass)
  }

  private func forEachImage(
    _ pass: Pass, _ body: (_ image: Int, _ group: Int, Scratch, _ mask: UnsafePointer<Float>?) -> Void
  ) {
    let images = output.map.shape.batch
    (masks?.tables ?? []).withUnsafeBufferPointer { mask in
      pass.workers.run(groups: groups) { group, scratch in
        for image in images * group / groups..<images * (group + 1) / groups {
          body(image, group, scratch, mask.baseAddress)
        }
      }
    }
  }

  /// Every pair's gradient back to the table's entry.
  private func addTableGradient(_ pass: Pass) {
    guard let relative = attention.bias, let tableGradient, let totals = biasSums?.total(pass) else { return }
    let window = relative.window
    for i in 0..<queries {
      for j in 0..<keys {
        let rows = i / window - j / window + window - 1
        let columns = i % window - j % window + window - 1
        let entry = (rows * (2 * window - 1) + columns) * attention.heads
        for head in 0..<attention.heads {
          tableGradient[entry + head] += totals[(head * queries + i) * keys + j]
        }
      }
    }
  }
}

extension SoftmaxAttention: TrainableOperation {
  var carriesTail: Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    var map: Shape?
    if case .operation(let lowered) = unit.work,
      case .softmaxAttention(_, let windowsOf) = lowered.operands
    {
      map = windowsOf
    }
    return SoftmaxAttentionOperation(self, site.sources, site.output, site.parameters, windowsOf: map)
  }
}
