import Fovea
import Foundation
import FoveaTestSupport
import Testing

/// A model folder whose weights somebody writes to while it is in use.
@Suite("Weights that change")
struct ChangedWeightsTests {
  private final class Copy {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    var weights: URL { folder.appending(path: "model.safetensors") }
    var path: String { folder.path(percentEncoded: false) }

    init(_ model: String) throws {
      let source = repositoryRoot.appending(path: "models/\(model)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for name in ["config.json", "model.safetensors"] {
        try Data(contentsOf: source.appending(path: name)).write(to: folder.appending(path: name))
      }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  private func cut(_ file: URL, to size: UInt64) throws {
    try FileHandle(forWritingTo: file).truncate(atOffset: size)
  }

  @Test(
    "a file that is cut after it was opened and before it was read is an error that names it",
    arguments: [0, 4096])
  func cutBeforeReading(size: UInt64) throws {
    let copy = try Copy("fovea_small_tiny_imagenet")
    let classifier = try Classifier(.folder(copy.path))
    try cut(copy.weights, to: size)
    let error = #expect(throws: FoveaError.self) { try classifier.classify(photo("coffee.png")) }
    #expect(error?.status == .inputOutput && error?.reason.contains("was changed or replaced") == true)
    #expect(error?.path == copy.weights.path(percentEncoded: false))
  }

  @Test("weights that were read are not read again: of other sizes, and for stages")
  func cutAfterReading() throws {
    let copy = try Copy("fovea_small_tiny_imagenet")
    var images = ImageOptions()
    images.fit = .native
    let whole = try Classifier(.named("fovea_small_tiny_imagenet"))
    let (crop, native) = (
      try whole.classify(photo("coffee.png")), try whole.classify(photo("chelsea.png"), images: images)
    )
    let classifier = try Classifier(.folder(copy.path))
    #expect(try classifier.classify(photo("coffee.png")).predictions == crop.predictions)
    try cut(copy.weights, to: 0)
    #expect(try classifier.classify(photo("coffee.png")).predictions == crop.predictions)
    #expect(try classifier.classify(photo("chelsea.png"), images: images).predictions == native.predictions)
  }

  @Test("a segmenter goes on after its file was replaced, rows by rows and whole")
  func replacedAfterReading() throws {
    let copy = try Copy("fovea_nano_camvid")
    let expected = try Segmenter(.named("fovea_nano_camvid")).segment(photo("china.jpg")).mask
    let segmenter = try Segmenter(.folder(copy.path))
    #expect(try segmenter.segment(photo("china.jpg")).mask == expected)
    try Data("nothing".utf8).write(to: copy.weights, options: .atomic)
    #expect(try segmenter.segment(photo("china.jpg")).mask == expected)
    let mask = copy.folder.appending(path: "mask.png").path(percentEncoded: false)
    #expect(try segmenter.writeMask(of: photo("china.jpg"), to: mask).width == 640)
  }
}
