import FoveaEngine
import FoveaGraph
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct EngineErrorTests {
  @Test("A map too small is refused by the layer's path, also when only the memory is asked for")
  func tooSmall() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 3)
    let y = builder.root["backbone"]["stem"].convolution(x, outputs: 4, kernel: 7, padding: 0)
    let engine = try Engine(graph: builder.graph(), parameters: SeededParameters())
    let error = ShapeError(path: "backbone.stem", "a 7×7 kernel does not fit a map of 1×6×9×3")
    #expect(throws: error) { try engine.run([FeatureMap(random: map(6, 9, 3))], outputs: [y]) }
    #expect(throws: error) { try engine.peakMemory(inputs: [map(6, 9, 3)], outputs: [y]) }
    #expect(throws: error) { try engine.plan(inputs: [map(6, 9, 3)], outputs: [y]) }
    #expect(throws: Never.self) { try engine.run([FeatureMap(random: map(7, 9, 3))], outputs: [y]) }
  }

  /// Has values for the first reads only.
  struct Failing: ParameterSource {
    struct Missing: Error, Equatable { var path: String }
    func values(of parameter: Parameter) throws -> [Float] { throw Missing(path: parameter.path) }
  }

  @Test("What the parameter source throws comes through, and leaves the engine usable")
  func missingParameter() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 8)
    let linear = builder.root["fc"].linear(x, outputs: 3)
    let random = builder.root.linearAttention(
      query: x, key: x, value: x, headDimension: 4,
      featureMap: .positiveRandom(builder.root.parameter("rows", [6, 4])), epsilon: 0.1, averagesKeys: false)
    let relu = builder.root.activation(x, .relu)
    let engine = try Engine(graph: builder.graph(), parameters: Failing())
    let input = FeatureMap(random: map(3, 3, 8))
    #expect(throws: Failing.Missing(path: "fc.weight")) { try engine.run([input], outputs: [linear]) }
    #expect(throws: Failing.Missing(path: "rows")) { try engine.run([input], outputs: [random]) }
    let positive = try engine.run([input], outputs: [relu])[0]
    #expect(positive.values == input.values.map { max($0, 0) })
  }

  @Test("Instruction sets that the machine lacks, and precisions that a set lacks, are refused")
  func unsupported() throws {
    let graph = GraphBuilder().graph()
    for set in InstructionSet.allCases {
      for precision in Precision.allCases {
        let options = EngineOptions(precision: precision, instructionSet: set)
        do throws(EngineError) {
          let engine = try Engine(graph: graph, parameters: SeededParameters(), options: options)
          #expect(set.isSupported && engine.precision == precision)
          // where a set has no kernels of its own at a precision, those that run are told
          #expect((engine.instructionSet == set) == set.isSupported(at: precision))
          #expect(engine.instructionSet.isSupported(at: precision))
        } catch {
          #expect(
            error
              == (set.isSupported ? .unsupportedPrecision(precision, set) : .unsupportedInstructionSet(set)))
        }
      }
    }
  }

  @Test("FOVEA_FORCE_ISA chooses the instruction set, and an unknown name is refused")
  func forced() async {
    await #expect(processExitsWith: .success) {
      setenv("FOVEA_FORCE_ISA", "scalar", 1)
      let graph = GraphBuilder().graph()
      let engine = try Engine(graph: graph, parameters: SeededParameters())
      precondition(engine.instructionSet == .scalar)
      setenv("FOVEA_FORCE_ISA", "mmx", 1)
      do throws(EngineError) {
        _ = try Engine(graph: graph, parameters: SeededParameters())
        preconditionFailure("mmx was taken")
      } catch {
        precondition(error == .unknownInstructionSet("mmx"))
        precondition(error.description.contains("known: scalar"))
      }
    }
  }

  @Test("A request for more memory than there is throws")
  func outOfMemory() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 4096)
    let huge = builder.root.resize(x, height: 1 << 14, width: 1 << 14, .nearest)
    let average = builder.root.globalAverage(huge)
    let engine = try Engine(graph: builder.graph(), parameters: SeededParameters())
    #expect(throws: EngineError.self) {
      try engine.run([FeatureMap(random: map(1, 1, 4096))], outputs: [average])
    }
  }
}
