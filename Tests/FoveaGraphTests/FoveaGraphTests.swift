import FoveaGraph
import Testing

@Suite struct ShapeInference {
  @Test func aConvolutionHalvesOddMapsUpwards() throws {
    let builder = GraphBuilder()
    let x = builder.input()
    let y = builder.root["stem"].convolution(x, outputs: 8, kernel: 3, stride: 2)
    builder.name(y, "stage0")
    let graph = builder.graph()
    let shapes = try graph.shapes(height: 23, width: 46)
    #expect(shapes[y.index] == Shape(height: 12, width: 23, channels: 8))
    #expect(graph.multiplyAdds(shapes: shapes) == [0, 12 * 23 * 8 * 27])
    #expect(graph.parameters == [Parameter(path: "stem.weight", shape: [8, 3, 3, 3])])
  }

  @Test func anErrorNamesTheLayerByItsDottedPath() throws {
    let builder = GraphBuilder()
    let x = builder.input()
    _ = builder.root["patch"]["proj"].convolution(x, outputs: 4, kernel: 4, stride: 4, padding: 0)
    #expect(throws: ShapeError(path: "patch.proj", "a 4×4 kernel does not fit a map of 1×3×9×3")) {
      try builder.graph().shapes(height: 3, width: 9)
    }
  }

  @Test func windowsOfAMapThatTheyDoNotDivideArePadded() throws {
    let builder = GraphBuilder()
    let x = builder.input()
    let window = WindowSize(height: 7, width: 7)
    let windows = builder.root.partition(x, window)
    let merged = builder.root.merge(windows, window, like: x)
    let shapes = try builder.graph().shapes(batch: 2, height: 15, width: 14)
    #expect(shapes[windows.index] == Shape(batch: 12, height: 7, width: 7, channels: 3))
    #expect(shapes[merged.index] == Shape(batch: 2, height: 15, width: 14, channels: 3))
    let turned = try builder.graph().shapes(batch: 2, height: 14, width: 15)
    #expect(turned[windows.index] == Shape(batch: 12, height: 7, width: 7, channels: 3))
  }
}
