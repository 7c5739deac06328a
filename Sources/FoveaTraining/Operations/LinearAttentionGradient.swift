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
  private typealias Place = (AttentionHead) -> AttentionHead.Place

  private var keyWidth: Int { operation.keyWidth }
  private var valueWidth: Int { operation.valueWidth }
  private var keyChannels: Int { operation.keyWidth * operation.heads.count }
  private var valueChannels: Int { operation.valueWidth * operation.heads.count }

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
      for i in 0..<keyWidth { totalsGradient[i] += normaliser[i] * e }
      if normalisers == nil {
        for i in 0..<keyWidth { answer[i] = answer[i] * inverse + totals[i] * e }
      } else {
        let normaliserAnswer = normaliserAnswers + row * keyChannels
        for i in 0..<keyWidth {
          answer[i] *= inverse
          normaliserAnswer[i] = totals[i] * e
        }
      }
      let gradient = upstream + row * valueChannels
      for j in 0..<valueWidth { gradient[j] *= inverse }
    }
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

extension LinearAttentionGradient {
  /// φ of all heads of pixels, float32, [pixels][heads · width].
  private func features(
    _ place: Place, _ pixels: Range<Int>, _ memory: UnsafeMutableRawPointer, into floats: Rows
  ) {
    let features = operation.features
    let target = pass.elementSize == 4 ? UnsafeMutableRawPointer(floats) : memory
    if features.isFocused {
      let run = place(operation.heads[0]).run(operation.sources, pixels, pass)
      _ = features.features(run, rows: pixels.count, channels: keyChannels, into: target, pass)
    } else {
      for (index, head) in operation.heads.enumerated() {
        let run = place(head).run(operation.sources, pixels, pass)
        _ = features.features(
          run, rows: pixels.count, channels: keyWidth, into: target + index * keyWidth * pass.elementSize,
          stride: keyChannels, pass)
      }
    }
    if pass.elementSize != 4 {
      pass.kernels.pointee.convert_to_float(memory, floats, pixels.count * keyChannels)
    }
  }

  /// Rows of map elements as float32.
  private func load(_ run: PixelRun, rows: Int, channels: Int, into floats: Rows, stride: Int) {
    for row in 0..<rows {
      pass.kernels.pointee.convert_to_float(
        run.pointer + row * run.stride * pass.elementSize, floats + row * stride, channels)
    }
  }

  /// Weights (value, key) of sums stored as [key][value].
  private func packTransposed(_ sums: UnsafePointer<Float>, _ weights: Rows) {
    pack(sums, depth: valueWidth, columns: keyWidth, 1, valueWidth, weights)
  }

  private func pack(
    _ values: UnsafePointer<Float>, depth: Int, columns: Int, _ depthStride: Int, _ columnStride: Int,
    _ weights: Rows
  ) {
    var request = fovea_pack(
      depth: depth, columns: columns, input: values, input_is_map: false, depth_stride: depthStride,
      column_stride: columnStride, output: weights)
    pass.floatKernels.pointee.pack(&request)
  }

  private func multiply(
    _ input: Rows, stride: Int, rows: Int, depth: Int, columns: Int, _ weights: Rows, into output: Rows,
    stride outputStride: Int
  ) {
    var tap = fovea_tap(input: input, first: 0, depth: depth)
    withUnsafePointer(to: &tap) { tap in
      var request = fovea_product(
        rows: rows, columns: columns, input_stride: stride, taps: tap, tap_count: 1, weights: weights,
        weights_depth: depth, bias: nil, activation: FOVEA_IDENTITY, residual: nil, residual_stride: 0,
        output: output, output_stride: outputStride)
      pass.floatKernels.pointee.product(&request)
    }
  }

  /// Float32 rows as map elements, where they are others.
  private func elements(
    _ floats: Rows, _ count: Int, _ memory: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    if pass.elementSize == 4 { return UnsafeMutableRawPointer(floats) }
    pass.kernels.pointee.convert_from_float(floats, memory, count)
    return memory
  }

  /// Through φ's gradient to the sources.
  private func send(_ floats: Rows, _ place: Place, _ pixels: Range<Int>, _ memory: UnsafeMutableRawPointer) {
    let rows = elements(floats, pixels.count * keyChannels, memory)
    let features = operation.features
    for (index, head) in operation.heads.enumerated() where index == 0 || !features.isFocused {
      let place = place(head)
      let count = features.isFocused ? keyChannels : keyWidth
      let run = place.run(operation.sources, pixels, pass)
      let start = rows + index * keyWidth * pass.elementSize
      let gradient = PixelRun(pointer: UnsafeRawPointer(start), stride: keyChannels)
      guard let target = operation.sources[place.source].gradient else { continue }
      let isDirect = target.collected == nil
      let offset = place.channel * pass.elementSize
      features.gradient(
        run, gradient, rows: pixels.count, channels: count, sums: scaleSums,
        into: isDirect ? target.map.pixel(pixels.lowerBound) + offset : start,
        stride: isDirect ? target.map.pixelStride : keyChannels, pass)
      if !isDirect { put(start, stride: keyChannels, place, count, pixels) }
    }
  }

  private func store(_ floats: Rows, _ pixels: Range<Int>, _ memory: UnsafeMutableRawPointer) {
    let count = pixels.count * valueChannels
    if operation.share != 1 { for index in 0..<count { floats[index] *= operation.share } }
    let rows = elements(floats, count, memory)
    for (index, head) in operation.heads.enumerated() {
      put(rows + index * valueWidth * pass.elementSize, stride: valueChannels, head.value, valueWidth, pixels)
    }
  }

  /// Rows of channels to a head's place in the source's gradient.
  private func put(
    _ start: UnsafeMutableRawPointer, stride: Int, _ place: AttentionHead.Place, _ count: Int,
    _ pixels: Range<Int>
  ) {
    guard let target = operation.sources[place.source].gradient else { return }
    let offset = place.channel * pass.elementSize
    var request = fovea_scale_shift(
      rows: pixels.count, channels: count, input: start, input_stride: stride, scale: nil, shift: nil,
      activation: FOVEA_IDENTITY, residual: target.residual(pixels.lowerBound).map { $0 + offset },
      residual_stride: target.residualStride, output: target.map.pixel(pixels.lowerBound) + offset,
      output_stride: target.map.pixelStride)
    pass.kernels.pointee.scale_shift(&request)
  }
}
