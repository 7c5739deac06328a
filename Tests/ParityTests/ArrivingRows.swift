import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import Testing

/// An image given row by row, with every map too large to keep, against the same image given at once.
@Suite struct ArrivingRows {
  static let models = ["fovea_nano", "efficientvit_seg_b0_cityscapes", "efficientvit_b1", "flatten_pvt_tiny"]
  static let sizes = [[64, 96], [225, 133], [417, 70], [1700, 48]]

  @Test(arguments: models, sizes)
  func rowsOneByOneGiveTheSameBitsAsTheWholeImage(_ name: String, _ size: [Int]) throws {
    let model =
      try name == "fovea_nano"
      ? Model(folder: repositoryRoot.appending(path: "models/fovea_nano_camvid").path)
      : Model(architecture: name)
    let shape = Shape(height: size[0], width: size[1], channels: 3)
    let image = FeatureMap(
      shape: shape, values: (0..<shape.elements).map { Float(($0 &* 7919) % 1009) / 504 - 1 })
    let outputs = try [#require(model.graph.output(named: "logits"))]
    let whole = try Engine(graph: model.graph, parameters: model.parameters)
      .run([image], outputs: outputs)[0]
    for (threads, largeMap) in [(1, 1), (2, 1), (3, 4096), (2, 1 << 30)] {
      var options = EngineOptions(threads: threads)
      options.largeMap = largeMap
      let engine = try Engine(graph: model.graph, parameters: model.parameters, options: options)
      let streamed = try engine.run(
        image: shape,
        rows: { row, target in
          for index in 0..<target.count { target[index] = image.values[row * target.count + index] }
        }, outputs: outputs, body: { $0[0].copy() })
      #expect(
        streamed.values.map(\.bitPattern) == whole.values.map(\.bitPattern),
        "\(name) at \(size), \(threads) threads, maps over \(largeMap) bytes computed again")
    }
  }

  @Test func anErrorOfTheSourceReachesTheCallerAndTheEngineRunsOn() throws {
    struct Cut: Error {}
    let model = try Model(architecture: "efficientvit_seg_b0_cityscapes")
    let engine = try Engine(graph: model.graph, parameters: model.parameters)
    let outputs = try [#require(model.graph.output(named: "logits"))]
    let shape = Shape(height: 200, width: 64, channels: 3)
    #expect(throws: Cut.self) {
      try engine.run(
        image: shape, rows: { row, _ in if row == 150 { throw Cut() } }, outputs: outputs, body: { _ in })
    }
    let maps = try engine.run(
      image: shape, rows: { $1.update(repeating: 0) }, outputs: outputs, body: { $0.map(\.shape) })
    #expect(maps == [Shape(height: 25, width: 8, channels: 19)])
  }
}
