import FoveaGraph

/// Where a head's queries, keys and values lie among the sources of a linear attention.
struct AttentionHead {
  /// A source, and the first channel of a head in it.
  struct Place {
    var source: Int
    var channel: Int

    /// The head's channels of pixels, which are stored.
    func run(_ sources: [Source], _ pixels: Range<Int>, _ pass: Pass) -> PixelRun {
      let map = sources[source].map
      return PixelRun(
        pointer: UnsafeRawPointer(map.pixel(pixels.lowerBound) + channel * pass.elementSize),
        stride: map.pixelStride)
    }
  }

  var query: Place, key: Place, value: Place
  /// What the normaliser takes where it differs.
  var normaliserQuery: Place?, normaliserKey: Place?

  /// The heads in the order of the output's channels.
  static func heads(
    of attention: LinearAttention, _ operands: LinearAttentionOperands<Int>, _ sources: [Source]
  ) -> [AttentionHead] {
    let width = attention.headDimension
    switch operands {
    case .separate(let operands):
      return (0..<sources[operands.value].shape.channels / width).map { head in
        // queries and keys may come as features, which are more or fewer than values
        let features = { Place(source: $0, channel: head * attention.featureDimension) }
        return AttentionHead(
          query: features(operands.query), key: features(operands.key),
          value: Place(source: operands.value, channel: head * width),
          normaliserQuery: operands.normalizer.map { features($0.query) },
          normaliserKey: operands.normalizer.map { features($0.key) })
      }
    case .interleaved(let places):
      return places.flatMap { source in
        (0..<sources[source].shape.channels / (3 * width)).map { head in
          let place = { Place(source: source, channel: (3 * head + $0) * width) }
          return AttentionHead(query: place(0), key: place(1), value: place(2))
        }
      }
    }
  }
}
