import Fovea
import Foundation
import FoveaTestSupport
import Testing

@Suite("Feature maps")
struct FeatureExtractorTests {
  @Test("the file written while rows are decoded holds the maps of the whole picture, channels first")
  func rows() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "features.safetensors").path(percentEncoded: false)
    let extractor = try FeatureExtractor(.named("fovea_nano_camvid"))
    // china.jpg is seen at its own size, row by row; cropped it is seen whole.
    for fit in [Fit.native, .crop] {
      var images = ImageOptions()
      images.fit = fit
      let summary = try extractor.writeFeatures(of: photo("china.jpg"), to: path, images: images)
      let whole = try extractor.features(of: photo("china.jpg"), images: images)
      #expect(summary.names == extractor.stages)
      #expect(summary.shapes == whole.maps.map(\.shape))
      let file = try Data(contentsOf: folder.appending(path: "features.safetensors"))
      let header = 8 + file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
      // All are float32, so the file has them in their order; each plane is a channel.
      var offset = header
      for map in whole.maps {
        for channel in 0..<map.shape.channels {
          let plane = (0..<map.shape.tokens).map { map.values[$0 * map.shape.channels + channel] }
          let end = offset + plane.count * 4
          #expect(
            file[offset..<end] == plane.withUnsafeBytes { Data($0) }, "\(fit): \(map.shape), \(channel)")
          offset = end
        }
      }
      #expect(offset == file.count)
    }
  }

  @Test("a name that is no stage is refused with the names that are")
  func unknownStage() throws {
    let extractor = try FeatureExtractor(.named("fovea_nano_camvid"))
    #expect(throws: FoveaError.self) { try extractor.features(of: photo("china.jpg"), stages: ["stage9"]) }
  }
}
