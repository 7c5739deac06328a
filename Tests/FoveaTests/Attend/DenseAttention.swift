import Foundation
import Fovea
import FoveaModels

struct NotAnAttention: Error {}

/// The N×N matrix of a head in float64, formed entry by entry from the inputs of the graph's attention node and
/// its published formula; slots of windows in the order of the batch.
struct DenseAttention {
  /// (windows, queries, keys) of each head.
  var entries: [[[Double]]] = []
  let queries: Int, keys: Int

  init(_ node: Node, _ maps: [Fovea.FeatureMap], parameters: any ParameterSource, mapShape: Shape?) throws {
    let tokens: [[[[Double]]]]  // part, head, slot of all windows, channel
    let width: Int
    switch node.operation {
    case .linearAttention(let attention):
      width = attention.headDimension
      tokens =
        attention.layout == .separate
        ? maps.map { Self.heads($0, width: width) } : Self.interleaved(maps, width: width)
      (queries, keys) = (
        maps[0].shape.tokens, attention.layout == .separate ? maps[1].shape.tokens : maps[0].shape.tokens
      )
      let batch = maps[0].shape.batch
      let phi = try tokens.enumerated().map { part, heads in
        part == 2
          ? []
          : try Self.phi(
            heads, attention, isKeys: part == 1 || part == 4, window: heads[0].count / batch, parameters)
      }
      let own = phi.count == 5 ? (phi[3], phi[4]) : (phi[0], phi[1])
      let share = attention.averagesKeys ? 1 / Double(keys) : 1
      for head in phi[0].indices {
        for window in 0..<batch {
          let sums = (0..<own.1[head][0].count).map { m in
            (0..<keys).reduce(0.0) { $0 + own.1[head][window * keys + $1][m] }
          }
          let rows = (0..<queries).map { i in
            let q = phi[0][head][window * queries + i]
            let z = share * Self.product(own.0[head][window * queries + i], sums) + Double(attention.epsilon)
            return (0..<keys).map { share * Self.product(q, phi[1][head][window * keys + $0]) / z }
          }
          entries.append(rows)
        }
      }
    case .softmaxAttention(let attention):
      width = maps[0].shape.channels / attention.heads
      let (q, k) = (Self.heads(maps[0], width: width), Self.heads(maps[1], width: width))
      (queries, keys) = (maps[0].shape.tokens, maps[1].shape.tokens)
      for head in q.indices {
        for window in 0..<maps[0].shape.batch {
          let rows = try (0..<queries).map { i in
            let logits = try (0..<keys).map { j in
              Self.product(q[head][window * queries + i], k[head][window * keys + j])
                * Double(attention.scale)
                + (try Self.addend(attention, maps[0].shape, mapShape, head, window, i, j, parameters))
            }
            let powers = logits.map { exp($0 - (logits.max() ?? 0)) }
            return powers.map { $0 / powers.reduce(0, +) }
          }
          entries.append(rows)
        }
      }
    default: throw NotAnAttention()
    }
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func heads(_ map: Fovea.FeatureMap, width: Int) -> [[[Double]]] {
    (0..<map.shape.channels / width).map { head in
      (0..<map.shape.rows).map { row in
        (0..<width).map { Double(map.values[row * map.shape.channels + head * width + $0]) }
      }
    }
  }

  private static func interleaved(_ maps: [Fovea.FeatureMap], width: Int) -> [[[[Double]]]] {
    let all = maps.flatMap { heads($0, width: width) }
    return (0..<3).map { part in stride(from: part, to: all.count, by: 3).map { all[$0] } }
  }

  private static func phi(
    _ heads: [[[Double]]], _ attention: LinearAttention, isKeys: Bool, window: Int,
    _ parameters: any ParameterSource
  ) throws -> [[[Double]]] {
    switch attention.featureMap {
    case .identity: return heads
    case .relu: return heads.map { $0.map { $0.map { max($0, 0) } } }
    case .eluPlusOne: return heads.map { $0.map { $0.map { $0 > 0 ? $0 + 1 : exp($0) } } }
    case .focused(let power, let offset, let scale):
      let scales = try parameters.values(of: scale).map { log(1 + exp(Double($0))) }
      var result = heads
      for token in heads[0].indices {
        let u = heads.indices.map { head in
          heads[head][token].indices.map {
            (max(heads[head][token][$0], 0) + Double(offset)) / scales[head * heads[head][token].count + $0]
          }
        }
        let raised = u.map { $0.map { pow($0, Double(power)) } }
        let length = sqrt(u.joined().reduce(0) { $0 + $1 * $1 })
        let raisedLength = sqrt(raised.joined().reduce(0) { $0 + $1 * $1 })
        for head in heads.indices { result[head][token] = raised[head].map { $0 * length / raisedLength } }
      }
      return result
    case .positiveRandom(let rows):
      let weights = try parameters.values(of: rows).map(Double.init)
      let width = attention.headDimension
      return heads.map { tokens in
        let exponents = tokens.map { x in
          (0..<rows.shape[0]).map { m in
            let u = x.map { $0 / pow(Double(width), 0.25) }
            return product(Array(weights[m * width..<(m + 1) * width]), u) - product(u, u) / 2
          }
        }
        let greatest = exponents.joined().max() ?? 0
        return exponents.map { row in
          row.map { exp($0 - (isKeys ? greatest : row.max() ?? 0)) / sqrt(Double(row.count)) }
        }
      }
    }
  }

  private static func addend(
    _ attention: SoftmaxAttention, _ slots: Shape, _ map: Shape?, _ head: Int, _ window: Int, _ i: Int,
    _ j: Int, _ parameters: any ParameterSource
  ) throws -> Double {
    var sum = 0.0
    if let bias = attention.bias {
      let side = bias.window
      let row = (i / side - j / side + side - 1) * (2 * side - 1) + i % side - j % side + side - 1
      sum += Double(try parameters.values(of: bias.table)[row * attention.heads + head])
    }
    guard case .windows(_, let shift) = attention.mask, let map else { return sum }
    let across = (map.width + slots.width - 1) / slots.width
    let down = (map.height + slots.height - 1) / slots.height
    func place(_ slot: Int) -> (y: Int, x: Int) {
      (
        window / across * slots.height + slot / slots.width,
        window % across * slots.width + slot % slots.width
      )
    }
    let (from, to) = (place(i), place(j))
    let isPadding =
      (to.y + shift) % (down * slots.height) >= map.height
      || (to.x + shift) % (across * slots.width) >= map.width
    let isWrapped =
      (from.y >= down * slots.height - shift) != (to.y >= down * slots.height - shift)
      || (from.x >= across * slots.width - shift) != (to.x >= across * slots.width - shift)
    return isPadding || isWrapped ? sum - 100 : sum
  }
}
