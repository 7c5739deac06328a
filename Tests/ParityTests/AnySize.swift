import FoveaEngine
import FoveaGraph
import FoveaModels
import Testing

/// Sizes that no model was trained at: 60×92 is no multiple of 32, nor of 8, and no square.
@Suite struct AnySize {
  private static let families = goldenNames.filter { !$0.hasSuffix("resized") }

  @Test(arguments: families)
  func aRectangleThatNoStrideDividesGivesFiniteMapsOfTheRightShape(_ name: String) throws {
    let model = try Golden(name).model
    let outputs = model.graph.outputs
    let image = FeatureMap.pattern(Shape(batch: 2, height: 60, width: 92, channels: 3))
    let engine = try Engine(graph: model.graph, parameters: model.parameters)
    let maps = try engine.run([image], outputs: outputs.map(\.value))
    let executor = ReferenceExecutor(graph: model.graph, parameters: model.parameters)
    let references = try executor.run([image], outputs: outputs.map(\.value))
    for (output, (map, reference)) in zip(outputs, zip(maps, references)) {
      #expect(map.values.allSatisfy { $0.isFinite }, "\(output.name)")
      #expect(map.shape.batch == 2 && map.shape.channels == output.value.channels)
      let deviation = Deviation(map, from: reference)
      #expect(deviation.isWithinParity, "\(output.name) \(map.shape): \(deviation)")
    }
    let logits = try #require(maps.last)
    // an eighth of the input's size, rounded up, or twice that
    let isSegmenter = name.contains("seg") || name.contains("camvid")
    let scale = name.hasSuffix("_camvid") ? 2 : 1
    #expect(logits.shape.height == (isSegmenter ? 8 * scale : 1))
    #expect(logits.shape.width == (isSegmenter ? 12 * scale : 1))
  }
}

extension FeatureMap {
  /// Waves of different lengths in the channels: an image without symmetry.
  static func pattern(_ shape: Shape) -> FeatureMap {
    var map = FeatureMap(zeros: shape)
    for index in map.values.indices {
      let phase = Float(index % 977) / 97 + Float(index % 53) / 11
      map.values[index] = 1.5 * (phase - 2 * (phase / 2).rounded(.down) - 1)
    }
    return map
  }
}
