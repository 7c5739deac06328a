import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Testing

@Suite struct SegmentAnythingParity {
  private static let sets = InstructionSet.allCases.filter(\.isSupported)

  @Test(arguments: sets)
  func theImageEncoderGivesTheAuthorsEmbedding(_ set: InstructionSet) throws {
    let golden = try Golden("efficientvit_sam_tiny_dims")
    let engine = try golden.engine(EngineOptions(instructionSet: set))
    let embedding = try engine.run([golden.input()], outputs: [embedding(golden)])[0]
    let recorded = try golden.map("embedding_every_16th_channel")
    let kept = FeatureMap(
      shape: recorded.shape,
      values: stride(from: 0, to: embedding.values.count, by: 16).map { embedding.values[$0] })
    #expect(Deviation(kept, from: recorded).isWithinParity)
  }

  @Test(arguments: sets)
  func promptsGiveTheAuthorsMasksAndScores(_ set: InstructionSet) throws {
    let golden = try Golden("efficientvit_sam_tiny_dims")
    let engine = try golden.engine(EngineOptions(instructionSet: set))
    let embedding = try engine.run([golden.input()], outputs: [embedding(golden)])[0]
    for (name, points, box) in Self.prompts {
      let (masks, scores) = try decode(golden, embedding, points, box, set)
      let maskDeviation = Deviation(masks, from: try golden.map("\(name).masks"))
      #expect(maskDeviation.isWithinParity, "\(name) masks: \(maskDeviation)")
      let scoreDeviation = Deviation(scores, from: try golden.map("\(name).iou"))
      #expect(scoreDeviation.isWithinParity, "\(name) scores: \(scoreDeviation)")
    }
  }

  private static let prompts: [(String, [PromptPoint], PromptBox?)] = [
    ("point", [PromptPoint(x: 500, y: 375), PromptPoint(x: 120, y: 800, isForeground: false)], nil),
    ("box", [], PromptBox(left: 100, top: 200, right: 700, bottom: 650)),
    ("both", [PromptPoint(x: 300, y: 400)], PromptBox(left: 50, top: 60, right: 900, bottom: 1000)),
  ]

  private func embedding(_ golden: Golden) throws -> Value {
    try #require(golden.model.graph.output(named: "embedding"))
  }

  private func decode(
    _ golden: Golden, _ embedding: FeatureMap, _ points: [PromptPoint], _ box: PromptBox?,
    _ set: InstructionSet
  ) throws -> (FeatureMap, FeatureMap) {
    let model = golden.model
    let architecture = try #require(model.architecture as? EfficientViTSAM)
    let encoder = try PromptEncoder(architecture, parameters: model.parameters)
    let (tokens, positions) = (encoder.tokens(points: points, box: box), encoder.positions())
    let decoder = try #require(model.furtherGraphs["mask_decoder"])
    let engine = try Engine(
      graph: decoder, parameters: model.parameters, options: EngineOptions(instructionSet: set))
    let maps = try engine.run(
      [
        embedding, FeatureMap(shape: positions.shape, values: positions.values),
        FeatureMap(shape: tokens.shape, values: tokens.values),
      ],
      outputs: [
        #require(decoder.output(named: "masks")), #require(decoder.output(named: "scores")),
      ])
    return (maps[0], maps[1])
  }
}
