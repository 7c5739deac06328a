import CFoveaKernels
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Linear attention's weights formed first, for maps of at most D tokens, as EfficientViT's published code
/// does: a_ij = φ(q_i)·φ(k_j), y_i = Σ_j a_ij / (Σ_j a_ij + ε) v_j.
struct QuadraticAttentionStep: Step {
  let shape: AttentionShape
  let queries: Placement
  let keys: Placement
  let values: Placement
  let output: Placement
  let residual: Placement?
  let paths: [String]
  let multiplyAdds: Int

  var kind: String { "attention weights" }
  var reads: [RegionID] {
    [queries.region, keys.region, values.region] + (residual.map { [$0.region] } ?? [])
  }
  var writes: [RegionID] { [output.region] }
  /// q, k, v and the answer of one head, and a row of weights, in float32.
  var scratchBytes: Int { queries.shape.tokens * (2 * shape.keyWidth + 2 * shape.valueWidth + 1) * 4 }

  func run(_ execution: Execution) {
    execution.forEach(queries.shape.batch * shape.heads) { item, thread in
      attend(image: item / shape.heads, head: item % shape.heads, execution, thread)
    }
  }

  private func attend(image: Int, head: Int, _ execution: Execution, _ thread: Int) {
    let (count, width, valueWidth) = (queries.shape.tokens, shape.keyWidth, shape.valueWidth)
    let query = execution.scratch(of: thread).assumingMemoryBound(to: Float.self)
    let key = query + count * width
    let value = key + count * width
    let weights = value + count * valueWidth
    let answer = weights + count
    let offset = head * shape.headStride
    load(queries, image, offset, width, into: query, execution)
    load(keys, image, offset, width, into: key, execution)
    load(values, image, offset, valueWidth, into: value, execution)
    for index in 0..<2 * count * width { query[index] = feature(query[index]) }
    if let residual {
      load(residual, image, head * valueWidth, valueWidth, into: answer, execution)
    } else {
      answer.update(repeating: 0, count: count * valueWidth)
    }
    for i in 0..<count {
      var total: Float = 0
      for j in 0..<count {
        var product: Float = 0
        for channel in 0..<width { product += query[i * width + channel] * key[j * width + channel] }
        weights[j] = product
        total += product
      }
      for j in 0..<count {
        let weight = weights[j] / (total + shape.epsilon)
        for channel in 0..<valueWidth {
          answer[i * valueWidth + channel] += weight * value[j * valueWidth + channel]
        }
      }
    }
    let target = execution.view(output, image: image)
    for i in 0..<count {
      let pixel = target.base + (i * target.pixelStride + head * valueWidth) * execution.elementSize
      execution.kernels.pointee.convert_from_float(answer + i * valueWidth, pixel, valueWidth)
    }
  }

  private func load(
    _ placement: Placement, _ image: Int, _ offset: Int, _ width: Int,
    into target: UnsafeMutablePointer<Float>, _ execution: Execution
  ) {
    let view = execution.view(placement, image: image)
    for token in 0..<placement.shape.tokens {
      let pixel = view.base + (token * view.pixelStride + offset) * execution.elementSize
      execution.kernels.pointee.convert_to_float(pixel, target + token * width, width)
    }
  }

  private func feature(_ x: Float) -> Float {
    switch shape.map {
    case FOVEA_FEATURES_RELU: max(x, 0)
    case FOVEA_FEATURES_ELU_PLUS_ONE: x > 0 ? x + 1 : exp(x)
    default: x  // the identity; focused features are another step's
    }
  }
}
