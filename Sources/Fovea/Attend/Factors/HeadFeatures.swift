import FoveaEngine
import FoveaGraph

/// Vectors of every token, head by head: (heads, windows·N, width).
struct HeadFeatures: Sendable {
  let heads: Int
  let windows: Int
  /// N, the tokens of a window.
  let tokens: Int
  let width: Int
  var values: [Float]
}

/// The queries and keys of an attention as they come in, before any φ.
struct AttentionInputs: Sendable {
  let queries: HeadFeatures
  let keys: HeadFeatures
  /// The normaliser's own, where they differ (MILA's before the rotation).
  var normaliserQueries: HeadFeatures?
  var normaliserKeys: HeadFeatures?

  /// Queries and keys that normalise themselves.
  init(queries: HeadFeatures, keys: HeadFeatures) {
    (self.queries, self.keys) = (queries, keys)
  }

  /// Splits the maps that a linear attention reads: (B, H, W, C) each.
  init(_ attention: LinearAttention, maps: [FeatureMap]) {
    let width = attention.headDimension
    guard attention.layout == .separate else {
      queries = HeadFeatures(interleaved: maps, part: 0, width: width)
      keys = HeadFeatures(interleaved: maps, part: 1, width: width)
      return
    }
    queries = HeadFeatures(maps[0], width: width)
    keys = HeadFeatures(maps[1], width: width)
    guard maps.count == 5 else { return }
    normaliserQueries = HeadFeatures(maps[3], width: width)
    normaliserKeys = HeadFeatures(maps[4], width: width)
  }

  /// Splits the maps that a softmax attention reads.
  init(_ attention: SoftmaxAttention, maps: [FeatureMap]) {
    queries = HeadFeatures(maps[0], width: maps[0].shape.channels / attention.heads)
    keys = HeadFeatures(maps[1], width: maps[1].shape.channels / attention.heads)
  }
}

extension HeadFeatures {
  /// The heads of a map, one after the other: (windows, H, W, heads·width).
  init(_ map: FeatureMap, width: Int) {
    let places = (0..<map.shape.channels / width).map { Place(map: map, channel: $0 * width) }
    self.init(places, width: width)
  }

  /// The heads of maps that hold (q, k, v) for each, `width` wide; every map is more heads.
  init(interleaved maps: [FeatureMap], part: Int, width: Int) {
    let places = maps.flatMap { map in
      (0..<map.shape.channels / (3 * width)).map { Place(map: map, channel: (3 * $0 + part) * width) }
    }
    self.init(places, width: width)
  }

  /// A head's map and its first channel there.
  private struct Place {
    let map: FeatureMap
    let channel: Int
  }

  private init(_ places: [Place], width: Int) {
    let shape = places[0].map.shape
    heads = places.count
    windows = shape.batch
    tokens = shape.tokens
    self.width = width
    values = [Float](unsafeUninitializedCapacity: places.count * shape.rows * width) { buffer, count in
      for place in places {
        place.map.values.withUnsafeBufferPointer { source in
          for row in 0..<shape.rows {
            let start = row * place.map.shape.channels + place.channel
            for channel in 0..<width { buffer[count + channel] = source[start + channel] }
            count += width
          }
        }
      }
    }
  }
}
