import CFoveaKernels
import FoveaGraph

/// The first pass of linear attention: Σ_j φ(k_j)ᵀ v_j and Σ_j φ(k_j) for each head of each image.
///
/// Tokens are summed in chunks whose number depends on N alone, and the chunks' sums in order: the same bits
/// for any number of threads.
struct AttentionSumsStep: Step {
  let shape: AttentionShape
  let keys: Placement
  let values: Placement
  let normaliserKeys: Placement?
  /// (images, sumsFloats) float32.
  let sums: Int
  /// (images, chunks, sumsFloats) float32.
  let partials: Int
  /// True where the sums become means over the tokens.
  let averages: Bool
  let paths: [String]
  let multiplyAdds: Int
  let elementSize: Int

  var kind: String { "attention sums" }
  var scratchBytes: Int {
    shape.isFocused ? AttentionShape.focusedRun * shape.heads * shape.keyWidth * elementSize : 0
  }

  /// Tokens of a chunk, of N: enough chunks for any machine's threads, few enough to be summed at no cost.
  static func chunkTokens(_ tokens: Int) -> Int { max(64, ((tokens + 31) / 32).rounded(toMultipleOf: 64)) }
  static func chunks(_ tokens: Int) -> Int { (tokens + chunkTokens(tokens) - 1) / chunkTokens(tokens) }

  func run(_ execution: Execution) {
    let tokens = keys.shape.tokens
    let (chunkTokens, chunks) = (Self.chunkTokens(tokens), Self.chunks(tokens))
    let partials = execution.pointer(partials).assumingMemoryBound(to: Float.self)
    execution.forEach(keys.shape.batch * chunks) { item, thread in
      let (image, chunk) = (item / chunks, item % chunks)
      let run = chunk * chunkTokens..<min(tokens, (chunk + 1) * chunkTokens)
      let target = partials + item * shape.sumsFloats
      target.update(repeating: 0, count: shape.sumsFloats)
      accumulate(run, image: image, into: target, execution, thread)
    }
    combine(execution, partials, chunks: chunks)
  }

  private func accumulate(
    _ tokens: Range<Int>, image: Int, into target: UnsafeMutablePointer<Float>, _ execution: Execution,
    _ thread: Int
  ) {
    let (keys, values) = (execution.view(keys, image: image), execution.view(values, image: image))
    let normaliser = normaliserKeys.map { execution.view($0, image: image) }
    let size = execution.elementSize
    var start = tokens.lowerBound
    while start < tokens.upperBound {
      let count = min(AttentionShape.focusedRun, tokens.upperBound - start)
      var (key, keyStride) = (keys.base + start * keys.pixelStride * size, keys.pixelStride)
      var headStride = shape.headStride
      if shape.isFocused {
        let features = execution.scratch(of: thread)
        shape.focus(key, stride: keyStride, tokens: count, into: features, execution.kernels)
        (key, keyStride, headStride) = (features, shape.heads * shape.keyWidth, shape.keyWidth)
      }
      for head in 0..<shape.heads {
        var request = fovea_attention_sums(
          rows: count, key_width: shape.keyWidth, value_width: shape.valueWidth, map: shape.headMap,
          keys: key + head * headStride * size, keys_stride: keyStride,
          normaliser_keys: normaliser.map {
            UnsafeRawPointer($0.base + (start * $0.pixelStride + head * shape.headStride) * size)
          },
          normaliser_keys_stride: normaliser?.pixelStride ?? 0,
          values: values.base + (start * values.pixelStride + head * shape.headStride) * size,
          values_stride: values.pixelStride, products: shape.products(head, in: target),
          totals: shape.totals(head, in: target))
        execution.kernels.pointee.attention_sums(&request)
      }
      start += count
    }
  }

  private func combine(_ execution: Execution, _ partials: UnsafeMutablePointer<Float>, chunks: Int) {
    let floats = shape.sumsFloats
    let sums = execution.pointer(sums).assumingMemoryBound(to: Float.self)
    let factor = averages ? 1 / Float(keys.shape.tokens) : 1
    execution.forEach(keys.shape.batch) { image, _ in
      let (source, target) = (partials + image * chunks * floats, sums + image * floats)
      for index in 0..<floats {
        var total = source[index]
        for chunk in 1..<max(chunks, 1) { total += source[chunk * floats + index] }
        target[index] = total * factor
      }
    }
  }
}
