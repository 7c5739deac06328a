import Foundation
import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import Testing

/// An image given row by row, with every map too large to keep, against the same image given at once.
@Suite struct ArrivingRows {
  static let models = [
    "fovea_nano_camvid", "fovea_small_camvid", "efficientvit_seg_b0_cityscapes", "efficientvit_b1",
    "flatten_pvt_tiny",
  ]
  static let sizes = [[64, 96], [225, 133], [417, 70], [1700, 48]]

  private static func model(_ name: String) throws -> Model {
    try name.hasSuffix("_camvid")
      ? Model(folder: repositoryRoot.appending(path: "models/\(name)").path) : Model(architecture: name)
  }

  private static func image(_ height: Int, _ width: Int) -> FeatureMap {
    let shape = Shape(height: height, width: width, channels: 3)
    return FeatureMap(
      shape: shape, values: (0..<shape.elements).map { Float(($0 &* 7919) % 1009) / 504 - 1 })
  }

  @Test(arguments: models, sizes)
  func rowsOneByOneGiveTheSameBitsAsTheWholeImage(_ name: String, _ size: [Int]) throws {
    let model = try Self.model(name)
    let image = Self.image(size[0], size[1])
    let outputs = try [#require(model.graph.output(named: "logits"))]
    for precision in Precision.allCases {
      for (threads, largeMap) in [(1, 1), (2, 1), (3, 4096), (2, 1 << 30)] {
        var options = EngineOptions(precision: precision)
        options.largeMap = largeMap
        let whole = try Engine(graph: model.graph, parameters: model.parameters, options: options)
          .run([image], outputs: outputs)[0]
        options.threads = threads
        for flow in [RowFlow.arriving, .passing] {
          let engine = try Engine(graph: model.graph, parameters: model.parameters, options: options)
          let streamed = try engine.run(
            image: image.shape, rows: image.rows, outputs: outputs, flow: flow, body: { $0[0].copy() })
          #expect(
            zip(streamed.values, whole.values).allSatisfy { $0.bitPattern == $1.bitPattern },
            "\(name) at \(size), \(precision), \(threads) threads, \(flow), maps over \(largeMap) bytes not kept"
          )
        }
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func rowsThatDepartAreTheWholeMapsInWhateverOrderTheyAreRead(_ precision: Precision) throws {
    let model = try Self.model("fovea_small_camvid")
    let image = Self.image(1300, 40)
    let logits = try #require(model.graph.output(named: "logits"))
    var options = EngineOptions(threads: 2, precision: precision)
    options.largeMap = 1
    let engine = try Engine(graph: model.graph, parameters: model.parameters, options: options)
    let whole = try engine.run([image], outputs: [logits])[0]
    let classes = try engine.argmaxUpsampled(logits: whole, height: 1300, width: 40, method: .bilinear)
    let elements = whole.shape.width * whole.shape.channels
    try engine.run(image: image.shape, rows: image.rows, outputs: [logits], flow: .passing) { maps in
      var row = [Float](repeating: 0, count: elements)
      for index in [200, 0, 63, 64, 320, 190, 127, 128, 129, 5] where index < whole.shape.height {
        row.withUnsafeMutableBufferPointer { maps[0].read(row: index, into: $0) }
        #expect(row == Array(whole.values[index * elements..<(index + 1) * elements]), "row \(index)")
      }
      var streamed: [UInt16] = []
      try maps[0].forEachClassRow(height: 1300, width: 40, method: .bilinear) { streamed += $0 }
      #expect(streamed == classes)
    }
  }

  @Test func logitsThatDepartTakeNoMemoryOfTheirOwn() throws {
    let folder = repositoryRoot.appending(path: "models/fovea_nano_camvid")
    var configuration = try ModelConfiguration(Data(contentsOf: folder.appending(path: "config.json")))
    // as fine as the picture: 11 maps of 2048 × 2048
    configuration.numbers["head"] = .object([
      "type": "segmenter", "width": 64, "depth": 2, "upsampling": "bicubic", "upscale": 8,
    ])
    let graph = try configuration.architecture().graph()
    let logits = try #require(graph.output(named: "logits"))
    let engine = try Engine(graph: graph, parameters: Zeros(), options: EngineOptions(threads: 2))
    let picture = Shape(height: 2048, width: 2048, channels: 3)
    let kept = try engine.peakMemory(inputs: [picture], outputs: [logits], flow: .arriving)
    let passing = try engine.peakMemory(inputs: [picture], outputs: [logits], flow: .passing)
    #expect(kept > 2048 * 2048 * 11 * 4)
    #expect(passing < 2048 * 2048 * 11)
  }

  @Test(arguments: ["fovea_small_camvid", "fovea_nano_camvid", "efficientvit_seg_b1_cityscapes"])
  func aLargePictureTakesTheMapsOfStrideEightAndMoreAndAQuarter(_ name: String) throws {
    let graph = try Self.model(name).graph
    let logits = try #require(graph.output(named: "logits"))
    let picture = Shape(height: 16384, width: 16384, channels: 3)
    let shapes = try graph.shapes(inputs: [picture])
    let features = graph.outputs.filter { $0.name.hasPrefix("stage") }.map { shapes[$0.value.index] }
      .filter { $0.height <= picture.height / 8 }.map(\.elements).reduce(0, +)
    let engine = try Engine(graph: graph, parameters: Zeros(), options: EngineOptions(threads: 2))
    let peak = try engine.peakMemory(inputs: [picture], outputs: [logits], flow: .passing)
    #expect(peak <= features * 5)
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

extension FeatureMap {
  /// Its rows, one at a time.
  fileprivate var rows: RowSource {
    { row, target in
      for index in 0..<target.count { target[index] = self.values[row * target.count + index] }
    }
  }
}

private struct Zeros: ParameterSource {
  func values(of parameter: Parameter) -> [Float] { [Float](repeating: 0, count: parameter.count) }
}
