import Fovea
import FoveaModels
import Testing

/// More classes than the numbers of a mask.
@Suite struct ClassLimitTests {
  private static let numbers: FoveaModels.JSONValue = [
    "family": "fovea", "widths": [8, 8, 16, 16, 16], "depths": [1, 1, 1, 1, 1],
  ]
  private static let head: FoveaModels.JSONValue = [
    "head": ["type": "segmenter", "width": 16, "depth": 1, "upsampling": "bicubic", "upscale": 2]
  ]

  @Test func `a mask of 65 534 classes is the largest, and one more is refused with the number`() throws {
    let folder = try PictureFolder()
    for classes in [65_534, 65_535] {
      let changes = Self.numbers.merging(Self.head).merging(["num_classes": .integer(classes)])
      try TinyModel("many", classes: "output", changes: changes).write(folder, "masks\(classes)")
    }
    let picture = Image(width: 64, height: 64, filledWith: RGB(90, 40, 200))
    let segmenter = try Segmenter(.folder(folder.path("masks65534")))
    let mask = try segmenter.segment(picture).mask
    #expect(mask.allSatisfy { $0 < 65_534 } && mask.contains { $0 > 32_767 })
    let error = #expect(throws: FoveaError.self) { try Segmenter(.folder(folder.path("masks65535"))) }
    #expect(error?.reason == "has 65535 classes, and a mask holds at most 65534")
    #expect(error?.status == .unsupported)
  }

  @Test func `a classifier of 70 000 classes ranks them all by their logits`() throws {
    let folder = try PictureFolder()
    let changes = Self.numbers.merging(["num_classes": 70_000])
    try TinyModel("many", classes: "head", changes: changes).write(folder, "classes")
    let picture = Image(width: 64, height: 64, filledWith: RGB(90, 40, 200))
    let source = ModelSource.folder(folder.path("classes"))
    let predictions = try Classifier(source).classify(picture, top: 70_000).predictions
    let logits = try FeatureExtractor(source).features(of: picture, stages: ["logits"])
    let values = try #require(logits["logits"]).values
    #expect(values.count == 70_000)
    #expect(predictions.map(\.index).sorted() == Array(0..<70_000))
    #expect(predictions[0].index == values.indices.max { values[$0] < values[$1] })
    // probabilities that are equal in float32 belong to logits that all but are
    let ranked = predictions.map { values[$0.index] }
    #expect(zip(ranked, ranked.dropFirst()).allSatisfy { $0 >= $1 - 1e-6 })
  }
}
