import Fovea

/// What the page needs: the photo, where the input lies on it, and each block's factors.
enum PageJSON {
  /// The page of an answer; blocks whose factors no longer fit into `limit` bytes are left out and named.
  static func html(
    _ answer: PhotoAttention, model: String, depthwise: String, choice: DepthwiseChoice, limit: Int,
    blocks described: [[(key: String, value: OrderedJSON)]]
  ) throws(FoveaError) -> String {
    var (shown, missing): ([OrderedJSON], [OrderedJSON]) = ([], [])
    var bytes = 0
    for (block, pairs) in zip(answer.blocks, described) {
      bytes += PackedFactors.byteCount(block.factors)
      guard bytes <= limit else {
        bytes -= PackedFactors.byteCount(block.factors)
        missing.append(.string(block.path))
        continue
      }
      shown.append(
        .object(pairs + [("depthwise", kernels(block, choice)), ("packed", packed(block.factors))]))
    }
    let geometry = answer.geometry
    let data: OrderedJSON = [
      "model": .string(model), "depthwise": .string(depthwise),
      "photo": .string("data:image/png;base64," + Base64.text(of: try answer.photo.pngBytes())),
      "geometry": [
        "photo_width": .integer(geometry.photoWidth), "photo_height": .integer(geometry.photoHeight),
        "resized_width": .integer(geometry.resizedWidth), "resized_height": .integer(geometry.resizedHeight),
        "offset_x": .integer(geometry.offsetX), "offset_y": .integer(geometry.offsetY),
        "input_width": .integer(geometry.inputWidth), "input_height": .integer(geometry.inputHeight),
      ],
      "colors": ["heat": colors(.heat), "cold": colors(.cold)],
      "missing": .array(missing), "limit": .integer(limit), "blocks": .array(shown),
    ]
    return AttentionPage.html(data: data.text)
  }

  private static func colors(_ map: ColorMap) -> OrderedJSON {
    .array(
      map.colors.map { [.integer(Int($0.red)), .integer(Int($0.green)), .integer(Int($0.blue))] })
  }

  /// The kernel of each head, and the grid that it goes over.
  private static func kernels(_ block: BlockAttention, _ choice: DepthwiseChoice) -> OrderedJSON {
    guard let term = block.depthwise else { return .null }
    let channel: Int? = if case .channel(let channel) = choice { channel } else { nil }
    let kernels = (0..<term.heads).map { head in
      OrderedJSON.array(term.kernel(head: head, channel: channel).map(OrderedJSON.single))
    }
    return [
      "side": .integer(term.side), "kernels": .array(kernels), "height": .integer(term.height),
      "width": .integer(term.width), "sources": term.sources.map(OrderedJSON.integer) ?? .null,
    ]
  }

  private static func packed(_ factors: AttentionFactors) -> OrderedJSON {
    let packed = PackedFactors(factors)
    return [
      "queries": .string(packed.queries), "query_scales": .string(packed.queryScales),
      "keys": .string(packed.keys), "key_scales": .string(packed.keyScales),
      "normaliser": packed.normaliser.map(OrderedJSON.string) ?? .null,
      "bias": packed.bias.map(OrderedJSON.string) ?? .null,
    ]
  }
}
