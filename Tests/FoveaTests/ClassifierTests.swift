import Fovea
import FoveaTestSupport
import Testing

let photos = repositoryRoot.appending(path: "datasets/samples")

func photo(_ name: String) -> ImageSource { .file(photos.appending(path: name).path(percentEncoded: false)) }

@Suite("Classifying")
struct ClassifierTests {
  @Test("three lines classify a file")
  func threeLines() throws {
    let classifier = try Classifier()
    let answer = try classifier.classify(photo("coffee.png"))
    // Measured in PyTorch.
    #expect(answer.predictions[0].label == "espresso")
    #expect(abs(answer.predictions[0].probability - 0.9603) < 0.0001)
  }

  @Test("a batch, a file and raw pixels agree to the bit")
  func batch() throws {
    let classifier = try Classifier()
    let names = ["coffee.png", "chelsea.png", "astronaut.png"]
    let images = try names.map { try DecodedImage(photo($0)).image }
    let together = try classifier.classify(batch: images, top: 10)
    for (index, image) in images.enumerated() {
      let alone = try classifier.classify(image, top: 10)
      #expect(alone.predictions == together[index].predictions)
      #expect(try classifier.classify(photo(names[index]), top: 10).predictions == alone.predictions)
      #expect((alone.width, alone.height) == (image.width, image.height))
    }
  }

  @Test("one classifier serves several tasks at once")
  func tasks() async throws {
    let classifier = try Classifier()
    let alone = try classifier.classify(photo("chelsea.png")).predictions
    try await withThrowingTaskGroup(of: [Classification.Prediction].self) { group in
      for _ in 0..<8 { group.addTask { try classifier.classify(photo("chelsea.png")).predictions } }
      for try await predictions in group { #expect(predictions == alone) }
    }
  }

  @Test("probabilities add up to one, best first")
  func probabilities() throws {
    let predictions = try Classifier().classify(photo("flower.jpg"), top: 500).predictions
    #expect(predictions.count == 200)
    #expect(abs(predictions.map(\.probability).reduce(0, +) - 1) < 1e-5)
    #expect(predictions.map(\.probability) == predictions.map(\.probability).sorted(by: >))
  }

  @Test("errors carry the path, the reason, a hint and a status")
  func errors() throws {
    let classifier = try Classifier()
    let error = #expect(throws: FoveaError.self) { try classifier.classify(.file("/no/such.png")) }
    #expect(error?.path == "/no/such.png" && error?.status == .cannotOpen && error?.hint != nil)
    let unknown = #expect(throws: FoveaError.self) { _ = try Classifier(.named("nonsense")) }
    #expect(unknown?.status == .usage)
  }
}
