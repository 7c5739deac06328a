import FoveaGraph
import Testing

@Suite struct OperationShapes {
  private let builder = GraphBuilder()

  private func shape(_ value: Value, height: Int, width: Int) throws -> Shape {
    try builder.graph().shapes(batch: 2, height: height, width: width)[value.index]
  }

  @Test func aMapLargerThanAnyMemoryIsAnError() {
    let builder = GraphBuilder()
    builder.name(builder.root["stem"].linear(builder.input(channels: 3), outputs: 8), "logits")
    let graph = builder.graph()
    #expect(throws: ShapeError.self) { try graph.shapes(batch: 1 << 62, height: 224, width: 224) }
    #expect(throws: ShapeError.self) { try graph.shapes(batch: 1, height: 1 << 20, width: 1 << 19) }
    #expect(throws: Never.self) { try graph.shapes(batch: 1, height: 1 << 18, width: 1 << 18) }
  }

  @Test func patchesOfAnOddMapMergeUpwards() throws {
    let merged = builder.root.spaceToDepth(builder.input())
    #expect(try shape(merged, height: 5, width: 8) == Shape(batch: 2, height: 3, width: 4, channels: 12))
  }

  @Test func aPixelShuffleMultipliesTheGridAndDividesTheChannels() throws {
    let up = builder.root.pixelShuffle(builder.root["a"].linear(builder.input(), outputs: 18), factor: 3)
    #expect(up.channels == 2)
    #expect(try shape(up, height: 3, width: 5) == Shape(batch: 2, height: 9, width: 15, channels: 2))
    _ = builder.root["wrong"].pixelShuffle(up, factor: 2)
    #expect(throws: ShapeError.self) { try builder.graph().shapes(height: 3, width: 5) }
  }

  @Test func aTransposedConvolutionMultipliesTheGrid() throws {
    let up = builder.root["up"].transposedConvolution(builder.input(), outputs: 8, kernel: 2)
    #expect(try shape(up, height: 3, width: 5) == Shape(batch: 2, height: 6, width: 10, channels: 8))
    let graph = builder.graph()
    #expect(graph.parameters.map(\.shape) == [[3, 8, 2, 2], [8]])
    #expect(try graph.multiplyAdds(shapes: graph.shapes(height: 3, width: 5)).reduce(0, +) == 60 * 8 * 3)
  }

  @Test func aTokenOfOneImageStandsBeforeThePixelsOfEvery() throws {
    let x = builder.input()
    let token = builder.root.token("cls_token", shape: [1, 1, 3])
    let tokens = builder.root.concatenateTokens([token, builder.root.sequence(x)])
    #expect(try shape(tokens, height: 4, width: 5) == Shape(batch: 2, height: 1, width: 21, channels: 3))
  }

  @Test func tokensOfAnotherWidthDoNotMultiplyAMap() throws {
    let x = builder.input()
    let tokens = builder.root["narrow"].linear(builder.root.sequence(x), outputs: 4)
    _ = builder.root["product"].tokenProduct(x, tokens: tokens, count: 6)
    #expect(throws: ShapeError.self) { try builder.graph().shapes(height: 2, width: 3) }
  }

  @Test func whatIsTrainedLeavesOutRunningStatistics() {
    let x = builder.root["norm"].batchNorm(builder.input(), epsilon: 1e-5)
    _ = builder.root["head"].linear(x, outputs: 10)
    #expect(builder.graph().trainedParameterCount == 6 + 40)
  }
}
