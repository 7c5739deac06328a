import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// A network ready to run: its operations in order, and where every map lies.
struct NetworkPlan {
  /// An operation, with what has to happen to gradients before its backward step.
  struct Step {
    let operation: any DifferentiableOperation
    let isTrained: Bool
    let preparations: [GradientPreparation]
  }

  let steps: [Step]
  /// What every step is, for profiles.
  let labels: [String]
  /// What takes each input of the graph; nil for one whose values nothing reads.
  let inputs: [ImageInput?]
  /// The network's answer: its map, whole.
  let answer: Map
  /// Where its gradient is given; nil where nothing is trained.
  let answerGradient: Map?
  /// Where every storage is to lie in the arena.
  let places: [(storage: Storage, offset: Int)]
  let arenaBytes: Int
  let scratchBytes: Int
  let statisticsBytes: Int

  /// The arena, in which all storages have their place from then on. Throws `EngineError.outOfMemory`.
  func makeArena() throws -> AlignedBuffer {
    let arena = try AlignedBuffer(byteCount: arenaBytes)
    for place in places { place.storage.base = arena.base + place.offset }
    return arena
  }
}

/// What fills a gradient's map before operations add to it: zeros, or a copy.
struct GradientPreparation {
  let map: Map
  let source: Map?

  func run(_ pass: Pass) {
    let blocks = Partition(rows: map.shape.rows, bytesPerRow: 2 * map.shape.channels * map.elementSize)
    pass.workers.run(groups: blocks.groups) { group, _ in
      for pixels in blocks.blocks(of: group) {
        if let source {
          Tail.apply(
            nil, source, pixels, to: map.pixel(pixels.lowerBound), stride: map.pixelStride, pass)
        } else {
          for pixel in pixels {
            map.pixel(pixel).initializeMemory(
              as: UInt8.self, repeating: 0, count: map.shape.channels * map.elementSize)
          }
        }
      }
    }
  }
}
