import FoveaEngine
import FoveaGraph
import Testing

@Suite struct ReferenceExecutorTests {
  /// Has no parameter, so that whoever asks for one fails.
  struct NoParameters: ParameterSource {
    struct Missing: Error {}
    func values(of parameter: Parameter) throws -> [Float] { throw Missing() }
  }

  let input = Map(shape: Shape(height: 1, width: 2, channels: 2), values: [1, -2, 3, -4])

  @Test("Any value can be asked for, in any order, also twice and the input itself")
  func anyValues() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 2)
    let positive = builder.root.activation(x, .relu)
    let doubled = builder.root.add(positive, positive)
    let executor = ReferenceExecutor(graph: builder.graph(), parameters: NoParameters())
    let maps = try executor.run([input], outputs: [doubled, x, positive, doubled])
    #expect(maps.map(\.values) == [[2, 0, 6, 0], [1, -2, 3, -4], [1, 0, 3, 0], [2, 0, 6, 0]])
  }

  @Test("Two inputs are taken in the order in which the graph names them, also where one is not needed")
  func inputs() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", channels: 2)
    let y = builder.input("y", channels: 2)
    let sum = builder.root.add(x, y)
    let executor = ReferenceExecutor(graph: builder.graph(), parameters: NoParameters())
    let other = Map(shape: input.shape, values: [10, 20, 30, 40])
    #expect(try executor.run([input, other], outputs: [sum])[0].values == [11, 18, 33, 36])
    #expect(try executor.run([input, other], outputs: [y])[0] == other)
  }

  @Test("What the asked values do not depend on is not computed")
  func onlyWhatIsNeeded() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 2)
    let linear = builder.root.linear(x, outputs: 3)
    let positive = builder.root.activation(x, .relu)
    let executor = ReferenceExecutor(graph: builder.graph(), parameters: NoParameters())
    #expect(try executor.run([input], outputs: [positive])[0].values == [1, 0, 3, 0])
    #expect(throws: NoParameters.Missing.self) { try executor.run([input], outputs: [linear]) }
  }

  @Test("An input of other channels is refused by name")
  func wrongChannels() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 3)
    let executor = ReferenceExecutor(graph: builder.graph(), parameters: NoParameters())
    #expect(throws: ShapeError(path: "x", "input x has 3 channels, not 2")) {
      try executor.run([input], outputs: [x])
    }
  }
}
