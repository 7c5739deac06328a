import CFoveaKernels

/// Adds a run of tokens to the sums of linear attention, Σ_j φ(k_j)ᵀ v_j and Σ_j φ(k_j), in each head.
struct AttentionAccumulator: Sendable {
  let shape: AttentionShape
  let elementSize: Int

  /// Bytes for the focused features of a run.
  var scratchBytes: Int {
    shape.isFocused ? AttentionChunks.run * shape.heads * shape.keyWidth * elementSize : 0
  }

  /// Adds `count` tokens from pixel (row, column) on; `normaliser` are the denominator's keys where they differ.
  func add(
    _ row: Int, _ column: Int, count: Int, keys: MapView, values: MapView, normaliser: MapView?,
    to sums: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer,
    _ kernels: UnsafePointer<fovea_kernels>
  ) {
    var (key, keyStride) = (keys.pixel(row, column), keys.pixelStride)
    var headStride = shape.headStride
    if shape.isFocused {
      shape.focus(key, stride: keyStride, tokens: count, into: scratch, kernels)
      (key, keyStride, headStride) = (scratch, shape.heads * shape.keyWidth, shape.keyWidth)
    }
    let value = values.pixel(row, column)
    let normaliserKey = normaliser?.pixel(row, column)
    for head in 0..<shape.heads {
      let offset = head * shape.headStride * elementSize
      var request = fovea_attention_sums(
        rows: count, key_width: shape.keyWidth, value_width: shape.valueWidth, map: shape.headMap,
        keys: key + head * headStride * elementSize, keys_stride: keyStride,
        normaliser_keys: normaliserKey.map { UnsafeRawPointer($0 + offset) },
        normaliser_keys_stride: normaliser?.pixelStride ?? 0, values: value + offset,
        values_stride: values.pixelStride, products: shape.products(head, in: sums),
        totals: shape.totals(head, in: sums))
      kernels.pointee.attention_sums(&request)
    }
  }
}
