import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// Linear attention's backward pass over one image. With g the gradient by y, n = φ(q)·t + ε and e = −φ(q)·S g / n²,
/// for every query: dφ(q) = S g / n + t e, dS += φ(q)ᵀ g / n, dt += φ(q) e. Then for every key, with c:
/// dφ(k) = c (dS v + dt), dv = c φ(k) dS. Products are float32 at every precision.
struct LinearAttentionGradient {
  let operation: LinearAttentionOperation
  let image: Int
  let scaleSums: UnsafeMutablePointer<Float>?
  let gradients: OutputGradient
  let pass: Pass

  /// Float32 rows, a head's channels `width` apart, a row's `stride`.
  typealias Rows = UnsafeMutablePointer<Float>
  typealias Place = (AttentionHead) -> AttentionHead.Place

  var keyWidth: Int { operation.keyWidth }
  var valueWidth: Int { operation.valueWidth }
  var keyChannels: Int { operation.keyWidth * operation.heads.count }
  var valueChannels: Int { operation.valueWidth * operation.heads.count }

  /// dφ(q) of every query, and dS and dt.
  func sendToQueries(_ scratch: Scratch) {
    var scratch = scratch
    let (keyCount, valueCount) = (operation.block * keyChannels, operation.block * valueChannels)
    let memory = scratch.take(keyCount * pass.elementSize)
    let gradientMemory = scratch.take(valueCount * pass.elementSize)
    let (queries, normalisers) = (scratch.floats(keyCount), scratch.floats(keyCount))
    let (answers, normaliserAnswers) = (scratch.floats(keyCount), scratch.floats(keyCount))
    let upstream = scratch.floats(valueCount)
    let weights = scratch.floats(operation.panelFloats(depth: valueWidth, columns: keyWidth))
    let hasNormaliser = operation.heads[0].normaliserQuery != nil
    operation.sums(operation.gradientState, image, 0)
      .update(repeating: 0, count: operation.heads.count * operation.stateCount)
    operation.forEachBlock(of: operation.output.map.shape.tokens, image) { pixels in
      features(\.query, pixels, memory, into: queries)
      if hasNormaliser { features({ $0.normaliserQuery ?? $0.query }, pixels, memory, into: normalisers) }
      let run = gradients.rows(pixels, scratch: gradientMemory, pass)
      load(run, rows: pixels.count, channels: valueChannels, into: upstream, stride: valueChannels)
      for head in operation.heads.indices {
        let (at, valueAt) = (head * keyWidth, head * valueWidth)
        packTransposed(operation.sums(operation.state, image, head), weights)
        multiply(
          upstream + valueAt, stride: valueChannels, rows: pixels.count, depth: valueWidth, columns: keyWidth,
          weights, into: answers + at, stride: keyChannels)
        normalise(
          head, rows: pixels.count, queries + at, hasNormaliser ? normalisers + at : nil, upstream + valueAt,
          answers + at, normaliserAnswers + at)
        var request = fovea_outer_sums(
          rows: pixels.count, depth: keyWidth, columns: valueWidth, input: queries + at,
          input_stride: keyChannels, gradient: upstream + valueAt, gradient_stride: valueChannels,
          sums: operation.sums(operation.gradientState, image, head), sums_stride: valueWidth)
        pass.floatKernels.pointee.outer_sums(&request)
      }
      send(answers, \.query, pixels, memory)
      if hasNormaliser { send(normaliserAnswers, { $0.normaliserQuery ?? $0.query }, pixels, memory) }
    }
  }

  /// dφ(k) and dv of every key.
  func sendToKeys(_ scratch: Scratch) {
    var scratch = scratch
    let (keyCount, valueCount) = (operation.block * keyChannels, operation.block * valueChannels)
    let memory = scratch.take(max(keyCount, valueCount) * pass.elementSize)
    let (keys, keyAnswers) = (scratch.floats(keyCount), scratch.floats(keyCount))
    let normaliserAnswers = scratch.floats(keyCount)
    let (values, valueAnswers) = (scratch.floats(valueCount), scratch.floats(valueCount))
    let weights = scratch.floats(operation.panelFloats(depth: valueWidth, columns: keyWidth))
    let valueWeights = scratch.floats(operation.panelFloats(depth: keyWidth, columns: valueWidth))
    let hasNormaliser = operation.heads[0].normaliserKey != nil
    operation.forEachBlock(of: operation.keyTokens, image) { pixels in
      features(\.key, pixels, memory, into: keys)
      for (index, head) in operation.heads.enumerated() {
        load(
          head.value.run(operation.sources, pixels, pass), rows: pixels.count, channels: valueWidth,
          into: values + index * valueWidth, stride: valueChannels)
      }
      for head in operation.heads.indices {
        let (at, valueAt) = (head * keyWidth, head * valueWidth)
        let gradient = operation.sums(operation.gradientState, image, head)
        packTransposed(gradient, weights)
        multiply(
          values + valueAt, stride: valueChannels, rows: pixels.count, depth: valueWidth, columns: keyWidth,
          weights, into: keyAnswers + at, stride: keyChannels)
        addTotals(
          gradient + keyWidth * valueWidth, rows: pixels.count, keyAnswers + at,
          hasNormaliser ? normaliserAnswers + at : nil)
        pack(gradient, depth: keyWidth, columns: valueWidth, valueWidth, 1, valueWeights)
        multiply(
          keys + at, stride: keyChannels, rows: pixels.count, depth: keyWidth, columns: valueWidth,
          valueWeights, into: valueAnswers + valueAt, stride: valueChannels)
      }
      send(keyAnswers, \.key, pixels, memory)
      if hasNormaliser { send(normaliserAnswers, { $0.normaliserKey ?? $0.key }, pixels, memory) }
      store(valueAnswers, pixels, memory)
    }
  }

  /// Answers hold S g: they become dφ(q); the upstream gradient becomes g / n; dt is added to.
  private func normalise(
    _ head: Int, rows: Int, _ queries: Rows, _ normalisers: Rows?, _ upstream: Rows, _ answers: Rows,
    _ normaliserAnswers: Rows
  ) {
    let totals = operation.sums(operation.state, image, head) + keyWidth * valueWidth
    let totalsGradient = operation.sums(operation.gradientState, image, head) + keyWidth * valueWidth
    let (keyWidth, valueWidth) = (keyWidth, valueWidth)
    let epsilon = operation.attention.epsilon
    for row in 0..<rows {
      let query = queries + row * keyChannels
      let answer = answers + row * keyChannels
      let normaliser = normalisers.map { $0 + row * keyChannels } ?? query
      var normal = SIMD8<Float>.zero, product = SIMD8<Float>.zero
      let whole = keyWidth & ~7
      for i in stride(from: 0, to: whole, by: 8) {
        normal += Self.eight(normaliser + i) * Self.eight(totals + i)
        product += Self.eight(query + i) * Self.eight(answer + i)
      }
      var (sum, products) = (normal.sum() + epsilon, product.sum())
      for i in whole..<keyWidth {
        sum += normaliser[i] * totals[i]
        products += query[i] * answer[i]
      }
      let inverse = 1 / sum
      let e = -products * inverse * inverse
      Self.combine(totalsGradient, 1, normaliser, e, keyWidth)
      if normalisers == nil {
        Self.combine(answer, inverse, totals, e, keyWidth)
      } else {
        Self.combine(answer, inverse, answer, 0, keyWidth)
        let normaliserAnswer = normaliserAnswers + row * keyChannels
        for i in 0..<keyWidth { normaliserAnswer[i] = totals[i] * e }
      }
      let gradient = upstream + row * valueChannels
      Self.combine(gradient, inverse, gradient, 0, valueWidth)
    }
  }

  /// target ← a · target + b · other, eight at a time.
  @inline(__always) private static func combine(
    _ target: Rows, _ a: Float, _ other: UnsafePointer<Float>, _ b: Float, _ count: Int
  ) {
    let whole = count & ~7
    for i in stride(from: 0, to: whole, by: 8) {
      let sum = eight(target + i) * a + eight(other + i) * b
      UnsafeMutableRawPointer(target + i).storeBytes(of: sum, as: SIMD8<Float>.self)
    }
    for i in whole..<count { target[i] = target[i] * a + other[i] * b }
  }

  @inline(__always) private static func eight(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
    UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
  }

  /// Answers hold dS v: c (dS v + dt), or dt to the normaliser's own keys.
  private func addTotals(
    _ totals: UnsafePointer<Float>, rows: Int, _ answers: Rows, _ normaliserAnswers: Rows?
  ) {
    let (share, keyWidth) = (operation.share, keyWidth)
    for row in 0..<rows {
      let answer = answers + row * keyChannels
      if let normaliserAnswers {
        let own = normaliserAnswers + row * keyChannels
        for i in 0..<keyWidth {
          answer[i] *= share
          own[i] = share * totals[i]
        }
      } else {
        for i in 0..<keyWidth { answer[i] = share * (answer[i] + totals[i]) }
      }
    }
  }
}
