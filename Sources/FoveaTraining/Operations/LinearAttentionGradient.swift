import CFoveaKernels
import FoveaGraph

/// Linear attention's backward pass over one image. With g the gradient by y, n = φ(q)·t + ε, h = g / n and
/// e = −g·y / n, for every query: dφ(q) = S h + t e, dS += φ(q)ᵀ h, dt += φ(q) e. Then for every key, with c:
/// dφ(k) = c (dS v + dt), dv = c φ(k) dS. Products are float32 at every precision.
struct LinearAttentionGradient {
  let operation: LinearAttentionOperation
  let image: Int
  let scaleSums: UnsafeMutablePointer<Float>?
  let gradients: OutputGradient
  let pass: Pass

  private var width: Int { operation.width }
  private var channels: Int { operation.featureChannels }

  /// φ of all heads of pixels, float32, [pixels][heads · D].
  private func features(
    _ place: (AttentionHead) -> AttentionHead.Place, _ pixels: Range<Int>,
    _ memory: UnsafeMutableRawPointer, into floats: UnsafeMutablePointer<Float>
  ) {
    let features = operation.features
    if features.isFocused {
      let run = place(operation.heads[0]).run(operation.sources, pixels, pass)
      _ = features.features(run, rows: pixels.count, channels: channels, into: memory, pass)
    } else {
      for (index, head) in operation.heads.enumerated() {
        let run = place(head).run(operation.sources, pixels, pass)
        _ = features.features(
          run, rows: pixels.count, channels: width, into: memory + index * width * pass.elementSize,
          stride: channels, pass)
      }
    }
    pass.kernels.pointee.convert_to_float(memory, floats, pixels.count * channels)
  }

  /// The values of all heads, float32.
  private func values(_ pixels: Range<Int>, into floats: UnsafeMutablePointer<Float>) {
    for (index, head) in operation.heads.enumerated() {
      let run = head.value.run(operation.sources, pixels, pass)
      load(run, rows: pixels.count, channels: width, into: floats + index * width)
    }
  }

  private func load(_ run: PixelRun, rows: Int, channels count: Int, into floats: UnsafeMutablePointer<Float>)
  {
    for row in 0..<rows {
      pass.kernels.pointee.convert_to_float(
        run.pointer + row * run.stride * pass.elementSize, floats + row * channels, count)
    }
  }

  /// dφ(q) of every query, and dS and dt.
  func sendToQueries(_ scratch: Scratch) {
    var scratch = scratch
    let count = operation.block * channels
    let memory = scratch.take(count * pass.elementSize)
    let gradientMemory = scratch.take(count * pass.elementSize)
    let (queries, normalisers) = (scratch.floats(count), scratch.floats(count))
    let (upstream, answers) = (scratch.floats(count), scratch.floats(count))
    let normaliserAnswers = scratch.floats(count)
    let hasNormaliser = operation.heads[0].normaliserQuery != nil
    operation.sums(operation.gradientState, image, 0)
      .update(repeating: 0, count: operation.heads.count * operation.stateCount)
    let tokens = operation.output.map.shape.tokens
    for start in stride(from: 0, to: tokens, by: operation.block) {
      let pixels = image * tokens + start..<image * tokens + min(start + operation.block, tokens)
      features(\.query, pixels, memory, into: queries)
      if hasNormaliser { features({ $0.normaliserQuery ?? $0.query }, pixels, memory, into: normalisers) }
      let run = gradients.rows(pixels, scratch: gradientMemory, pass)
      load(run, rows: pixels.count, channels: channels, into: upstream)
      for head in operation.heads.indices {
        for row in 0..<pixels.count {
          let at = row * channels + head * width
          answer(
            head, query: queries + at, normaliser: hasNormaliser ? normalisers + at : nil,
            upstream: upstream + at, into: answers + at, normaliserInto: normaliserAnswers + at)
        }
      }
      send(answers, \.query, pixels, memory)
      if hasNormaliser { send(normaliserAnswers, { $0.normaliserQuery ?? $0.query }, pixels, memory) }
    }
  }

  /// One query of one head.
  @inline(__always) private func answer(
    _ head: Int, query: UnsafePointer<Float>, normaliser: UnsafePointer<Float>?,
    upstream: UnsafeMutablePointer<Float>, into answer: UnsafeMutablePointer<Float>,
    normaliserInto normaliserAnswer: UnsafeMutablePointer<Float>
  ) {
    let sums = operation.sums(operation.state, image, head)
    let gradient = operation.sums(operation.gradientState, image, head)
    let (totals, totalsGradient) = (sums + width * width, gradient + width * width)
    let normalising = normaliser ?? query
    var normal = operation.attention.epsilon
    for i in 0..<width { normal += normalising[i] * totals[i] }
    let inverse = 1 / normal
    var e: Float = 0
    for i in 0..<width {
      var product: Float = 0
      let row = sums + i * width
      for j in 0..<width { product += row[j] * upstream[j] }
      answer[i] = product * inverse
      e -= query[i] * product
    }
    // Σ_i q_i (S g)_i = g·(q S) = n g·y
    e *= inverse * inverse
    for i in 0..<width {
      if normaliser == nil { answer[i] += totals[i] * e } else { normaliserAnswer[i] = totals[i] * e }
      totalsGradient[i] += normalising[i] * e
      let row = gradient + i * width
      let weight = query[i] * inverse
      for j in 0..<width { row[j] += weight * upstream[j] }
    }
  }

  /// dφ(k) and dv of every key.
  func sendToKeys(_ scratch: Scratch) {
    var scratch = scratch
    let count = operation.block * channels
    let memory = scratch.take(count * pass.elementSize)
    let (keys, values) = (scratch.floats(count), scratch.floats(count))
    let (keyAnswers, valueAnswers) = (scratch.floats(count), scratch.floats(count))
    let normaliserAnswers = scratch.floats(count)
    let hasNormaliser = operation.heads[0].normaliserKey != nil
    let tokens = operation.keyTokens
    for start in stride(from: 0, to: tokens, by: operation.block) {
      let pixels = image * tokens + start..<image * tokens + min(start + operation.block, tokens)
      features(\.key, pixels, memory, into: keys)
      self.values(pixels, into: values)
      for head in operation.heads.indices {
        let gradient = operation.sums(operation.gradientState, image, head)
        for row in 0..<pixels.count {
          let at = row * channels + head * width
          answerKey(
            gradient, key: keys + at, value: values + at, into: keyAnswers + at, valueInto: valueAnswers + at,
            normaliserInto: hasNormaliser ? normaliserAnswers + at : nil)
        }
      }
      send(keyAnswers, \.key, pixels, memory)
      if hasNormaliser { send(normaliserAnswers, { $0.normaliserKey ?? $0.key }, pixels, memory) }
      store(valueAnswers, \.value, pixels, memory)
    }
  }

  @inline(__always) private func answerKey(
    _ gradient: UnsafePointer<Float>, key: UnsafePointer<Float>, value: UnsafePointer<Float>,
    into keyAnswer: UnsafeMutablePointer<Float>, valueInto valueAnswer: UnsafeMutablePointer<Float>,
    normaliserInto normaliserAnswer: UnsafeMutablePointer<Float>?
  ) {
    let share = operation.share
    let totals = gradient + width * width
    for j in 0..<width { valueAnswer[j] = 0 }
    for i in 0..<width {
      let row = gradient + i * width
      var product: Float = 0
      let weight = key[i] * share
      for j in 0..<width {
        product += row[j] * value[j]
        valueAnswer[j] += weight * row[j]
      }
      keyAnswer[i] = share * (normaliserAnswer == nil ? product + totals[i] : product)
      normaliserAnswer?[i] = share * totals[i]
    }
  }

  /// Through φ's gradient to the sources.
  private func send(
    _ floats: UnsafePointer<Float>, _ place: (AttentionHead) -> AttentionHead.Place, _ pixels: Range<Int>,
    _ memory: UnsafeMutableRawPointer
  ) {
    pass.kernels.pointee.convert_from_float(floats, memory, pixels.count * channels)
    let features = operation.features
    for (index, head) in operation.heads.enumerated() where index == 0 || !features.isFocused {
      let place = place(head)
      let count = features.isFocused ? channels : width
      let run = place.run(operation.sources, pixels, pass)
      let start = memory + index * width * pass.elementSize
      let gradient = PixelRun(pointer: UnsafeRawPointer(start), stride: channels)
      features.gradient(
        run, gradient, rows: pixels.count, channels: count, sums: scaleSums, into: start, stride: channels,
        pass)
      put(start, place, count, pixels)
    }
  }

  private func store(
    _ floats: UnsafePointer<Float>, _ place: (AttentionHead) -> AttentionHead.Place, _ pixels: Range<Int>,
    _ memory: UnsafeMutableRawPointer
  ) {
    pass.kernels.pointee.convert_from_float(floats, memory, pixels.count * channels)
    for (index, head) in operation.heads.enumerated() {
      put(memory + index * width * pass.elementSize, place(head), width, pixels)
    }
  }

  /// Rows of channels to a head's place in the source's gradient.
  private func put(
    _ start: UnsafeMutableRawPointer, _ place: AttentionHead.Place, _ count: Int, _ pixels: Range<Int>
  ) {
    guard let target = operation.sources[place.source].gradient else { return }
    let offset = place.channel * pass.elementSize
    var request = fovea_scale_shift(
      rows: pixels.count, channels: count, input: start, input_stride: channels, scale: nil, shift: nil,
      activation: FOVEA_IDENTITY, residual: target.residual(pixels.lowerBound).map { $0 + offset },
      residual_stride: target.residualStride, output: target.map.pixel(pixels.lowerBound) + offset,
      output_stride: target.map.pixelStride)
    pass.kernels.pointee.scale_shift(&request)
  }
}
