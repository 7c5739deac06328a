import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// Linear attention, y_i = φ(q_i) S / (φ(q_i)·t + ε) with S = c Σ φ(k_j)ᵀ v_j and t = c Σ φ(k_j), image by image;
/// c is 1, or 1/N where keys are averaged. S and t are kept for backward, features are computed again.
final class LinearAttentionOperation: DifferentiableOperation {
  let attention: LinearAttention
  let sources: [Source]
  /// The places of queries, keys and values among the sources.
  let operands: LinearAttentionOperands<Int>
  let output: Output
  let heads: [AttentionHead]
  let features: FeatureKernel
  /// Tokens that pass together.
  let block = 64
  /// [images][heads][D·(D + 1)]: S, then t.
  private(set) var state: Storage?
  /// The same for their gradients.
  private(set) var gradientState: Storage?
  private var scaleSums: GroupSums?

  init(
    _ attention: LinearAttention, _ sources: [Source], _ output: Output, _ parameters: OperationParameters
  ) throws {
    self.attention = attention
    self.sources = sources
    self.output = output
    operands = attention.operands(Array(sources.indices))
    heads = AttentionHead.heads(of: attention, operands, sources)
    features = try FeatureKernel(attention, parameters)
  }

  var memory: BackwardMemory { BackwardMemory(sources: sources.map { _ in true }) }
  var keyTokens: Int { sources[operands.keySource].shape.tokens }
  var share: Float { attention.averagesKeys ? 1 / Float(keyTokens) : 1 }
  /// Features of a head, and its values.
  var keyWidth: Int { attention.featureDimension }
  var valueWidth: Int { attention.headDimension }
  /// Floats of a head's S and t.
  var stateCount: Int { keyWidth * (valueWidth + 1) }
  private var keyChannels: Int { heads.count * keyWidth }

  /// Floats of a packed matrix.
  func panelFloats(depth: Int, columns: Int) -> Int {
    depth * columns.rounded(toMultipleOf: Int(FOVEA_PANEL))
  }

  var scratchBytes: Int {
    let widest = heads.count * max(keyWidth, valueWidth)
    let panels =
      panelFloats(depth: valueWidth, columns: keyWidth) + panelFloats(depth: keyWidth, columns: valueWidth)
    return block * widest * (2 * output.map.elementSize + 6 * 4) + panels * 4 + 1024
  }

  /// Calls `body` for blocks of an image's tokens.
  func forEachBlock(of tokens: Int, _ image: Int, _ body: (Range<Int>) -> Void) {
    for start in stride(from: 0, to: tokens, by: block) {
      body(image * tokens + start..<image * tokens + min(start + block, tokens))
    }
  }

  func plan(_ planner: WorkspacePlanner) {
    let count = sources[0].shape.batch * heads.count * stateCount
    state = planner.both(count * 4)
    gradientState = planner.backward(count * 4)
    if features.scaleGradient != nil {
      scaleSums = GroupSums(groups: sources[0].shape.batch, count: keyChannels, planner.backward)
    }
  }

  func forward(_ pass: Pass) {
    features.update()
    output.begin()
    let images = output.map.shape.batch
    pass.workers.run(groups: images) { image, scratch in
      addKeys(image, scratch, pass)
      answerQueries(image, scratch, pass)
    }
    if output.tail?.statistics != nil {
      let tokens = output.map.shape.tokens
      for image in 0..<images { output.finished(image * tokens..<(image + 1) * tokens, group: 0, pass) }
    }
    output.complete(pass)
  }

  func sums(_ storage: Storage?, _ image: Int, _ head: Int) -> UnsafeMutablePointer<Float> {
    guard let storage else { preconditionFailure("attention runs before it is planned") }
    return storage.floats + (image * heads.count + head) * stateCount
  }

  private func addKeys(_ image: Int, _ scratch: Scratch, _ pass: Pass) {
    sums(state, image, 0).update(repeating: 0, count: heads.count * stateCount)
    var scratch = scratch
    let memory = scratch.take(block * keyChannels * pass.elementSize)
    let normaliserMemory = scratch.take(block * keyChannels * pass.elementSize)
    forEachBlock(of: keyTokens, image) { pixels in
      let keys = features.focused(sources, operands.keySource, pixels, memory, pass)
      let normalisers = features.focused(
        sources, operands.normalizer?.key, pixels, normaliserMemory, pass)
      for (index, head) in heads.enumerated() {
        let key = keys?.skipping(head.key.channel, pass) ?? head.key.run(sources, pixels, pass)
        let normaliser = head.normaliserKey.map { place in
          normalisers?.skipping(place.channel, pass) ?? place.run(sources, pixels, pass)
        }
        let value = head.value.run(sources, pixels, pass)
        let sums = sums(state, image, index)
        var request = fovea_attention_sums(
          rows: pixels.count, key_width: keyWidth, value_width: valueWidth, map: features.headMap,
          keys: key.pointer,
          keys_stride: key.stride, normaliser_keys: normaliser?.pointer,
          normaliser_keys_stride: normaliser?.stride ?? 0, values: value.pointer,
          values_stride: value.stride, products: sums, totals: sums + keyWidth * valueWidth)
        pass.kernels.pointee.attention_sums(&request)
      }
    }
    let all = sums(state, image, 0)
    if share != 1 { for index in 0..<heads.count * stateCount { all[index] *= share } }
  }

  private func answerQueries(_ image: Int, _ scratch: Scratch, _ pass: Pass) {
    var scratch = scratch
    let memory = scratch.take(block * keyChannels * pass.elementSize)
    let normaliserMemory = scratch.take(block * keyChannels * pass.elementSize)
    forEachBlock(of: output.map.shape.tokens, image) { pixels in
      let queries = features.focused(sources, 0, pixels, memory, pass)
      let normalisers = features.focused(
        sources, operands.normalizer?.query, pixels, normaliserMemory, pass)
      for (index, head) in heads.enumerated() {
        let query = queries?.skipping(head.query.channel, pass) ?? head.query.run(sources, pixels, pass)
        let normaliser = head.normaliserQuery.map { place in
          normalisers?.skipping(place.channel, pass) ?? place.run(sources, pixels, pass)
        }
        let sums = sums(state, image, index)
        var request = fovea_attention_apply(
          rows: pixels.count, key_width: keyWidth, value_width: valueWidth, map: features.headMap,
          queries: query.pointer, queries_stride: query.stride, normaliser_queries: normaliser?.pointer,
          normaliser_queries_stride: normaliser?.stride ?? 0, products: UnsafePointer(sums),
          totals: UnsafePointer(sums + keyWidth * valueWidth), epsilon: attention.epsilon, residual: nil,
          residual_stride: 0,
          output: output.map.pixel(pixels.lowerBound) + index * valueWidth * pass.elementSize,
          output_stride: output.map.pixelStride)
        pass.kernels.pointee.attention_apply(&request)
      }
    }
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    output.prepareGradient(pass)
    pass.workers.run(groups: output.map.shape.batch) { image, scratch in
      scaleSums?.clear(image)
      let gradient = LinearAttentionGradient(
        operation: self, image: image, scaleSums: scaleSums?.sums(image), gradients: gradients, pass: pass)
      gradient.sendToQueries(scratch)
      gradient.sendToKeys(scratch)
    }
    if let scaleSums { features.addScaleGradient(scaleSums.total(pass)) }
  }
}

extension LinearAttentionOperands<Int> {
  /// The source of (the first) keys.
  fileprivate var keySource: Int {
    switch self {
    case .separate(let operands): operands.key
    case .interleaved(let sources): sources[0]
    }
  }

  /// The sources of the denominator where they are others.
  fileprivate var normalizer: AttentionOperands<Int>.Normalizer? {
    switch self {
    case .separate(let operands): operands.normalizer
    case .interleaved: nil
    }
  }
}

extension LinearAttention: TrainableOperation {
  var carriesTail: Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) throws -> any DifferentiableOperation {
    try LinearAttentionOperation(self, site.sources, site.output, site.parameters)
  }
}
