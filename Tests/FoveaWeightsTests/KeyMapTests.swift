import FoveaWeights
import Testing

@Suite struct KeyMapTests {
  private let map = KeyMap([
    .drop("{layer*}.num_batches_tracked"),
    .rename("backbone.stages.{stage}.op_list.{block}.{rest*}", to: "stages.{stage}.blocks.{block}.{rest}"),
    .rename("{before*}.main.{after*}", to: "{before}.{after}"),
    .rename("head.fc.{leaf}", to: "classifier.{leaf}"),
  ])

  @Test(arguments: [
    ("backbone.stages.0.op_list.12.main.qkv.weight", "stages.0.blocks.12.main.qkv.weight"),
    ("a.main.b.main.c", "a.b.main.c"), ("head.fc.bias", "classifier.bias"),
    ("head.fc.bias.more", "head.fc.bias.more"),
    ("backbone.stages.0.1.op_list.2.x", "backbone.stages.0.1.op_list.2.x"),
    ("main.x", "main.x"), ("backbone.stages..op_list.1.x", "backbone.stages..op_list.1.x"), ("", ""),
  ])
  func theFirstRuleThatMatchesDecidesAndOthersKeepTheirName(name: String, expected: String) {
    #expect(map(name) == expected)
  }

  @Test func aDroppedNameHasNoParameter() {
    #expect(map("a.b.norm.num_batches_tracked") == nil)
    #expect(map("num_batches_tracked") == "num_batches_tracked")
  }

  @Test func anEmptyMapKeepsEveryName() {
    #expect(KeyMap()("a.b") == "a.b")
  }

  @Test func aWholeCheckpointIsMappedAtOnceAndCollisionsAreNamed() throws {
    let names = ["head.fc.bias", "x.num_batches_tracked", "a.main.b"]
    #expect(
      try map.parameterNames(of: names) == ["classifier.bias": "head.fc.bias", "a.b": "a.main.b"])
    #expect(throws: WeightsError.namesCollide(first: "a.main.b", second: "a.b", name: "a.b")) {
      try map.parameterNames(of: ["a.main.b", "a.b"])
    }
  }
}
