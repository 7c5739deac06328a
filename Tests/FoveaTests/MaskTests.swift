import Fovea
import Foundation
import FoveaTestSupport
import Testing

/// What a mask is made of: made-up colours, the place of each pixel, the way that logits are enlarged.
@Suite("Masks")
struct MaskTests {
  @Test("classes without a colour of their own have PASCAL VOC's, black being left to what is ignored")
  func colors() {
    let voc = [RGB(128, 0, 0), RGB(0, 128, 0), RGB(128, 128, 0), RGB(0, 0, 128)]
    #expect(Palette(nil, classes: 4).colors == voc)
  }

  @Test("a pixel of a cropped and enlarged photo has the class of the input's pixel under its middle")
  func middle() throws {
    let segmenter = try Segmenter()
    let small = try DecodedImage(photo("china.jpg")).image.resized(width: 240, height: 200, filter: .bilinear)
    var options = ImageOptions()
    options.fit = .crop
    let input = try segmenter.model.input(of: .bytes(PNGEncoder.bytes(small)), images: options).image
    // twice as large; of 400 rows 20 above and below are cut off
    #expect((input.width, input.height) == (480, 360))
    let seen = try segmenter.segment(input).mask
    let mask = try segmenter.segment(small, images: options).mask
    let expected = (0..<200).flatMap { y in
      (0..<240).map { x in
        let row = 2 * y + 1 - 20
        return (0..<360).contains(row) ? seen[row * 480 + 2 * x + 1] : Segmentation.unseen
      }
    }
    let wrong = expected.indices.filter { mask[$0] != expected[$0] }
    #expect(wrong.isEmpty, "\(wrong.count) pixels, the first \(wrong.first ?? 0)")
  }

  @Test("logits are enlarged as the model says", arguments: ["bilinear", "bicubic"])
  func upsampling(method: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(
      at: repositoryRoot.appending(path: "models/fovea_nano_camvid"), to: folder)
    let file = folder.appending(path: "config.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let pattern = /"logits_upsampling"\s*:\s*"[a-z]+"/
    try #require(text.contains(pattern))
    try Data(text.replacing(pattern, with: "\"logits_upsampling\": \"\(method)\"").utf8).write(to: file)
    let model = ModelSource.folder(folder.path(percentEncoded: false))
    let image = try DecodedImage(photo("coffee.png")).image.resized(width: 96, height: 64, filter: .bilinear)
    let logits = try #require(
      try FeatureExtractor(model).features(of: image, stages: ["logits"])["logits"])
    let mask = try Segmenter(model).segment(image).mask
    let (h, w, classes) = (logits.shape.height, logits.shape.width, logits.shape.channels)
    let rows = (0..<64).map { taps($0, of: 64, on: h, method) }
    let columns = (0..<96).map { taps($0, of: 96, on: w, method) }
    for y in 0..<64 {
      for x in 0..<96 {
        let values = (0..<classes).map { c in
          rows[y].reduce(0.0) { sum, row in
            columns[x].reduce(sum) {
              $0 + row.weight * $1.weight * Double(logits.values[(row.place * w + $1.place) * classes + c])
            }
          }
        }
        let best = values.max() ?? 0
        // classes within rounding of the best may stand for it
        #expect(best - values[Int(mask[y * 96 + x])] <= 1e-4 * max(1, abs(best)), "at \(x), \(y)")
      }
    }
  }

  /// PyTorch's `interpolate` with align_corners false: where a pixel reads, and how much of each.
  private func taps(
    _ index: Int, of size: Int, on count: Int, _ method: String
  ) -> [(place: Int, weight: Double)] {
    let place = (Double(index) + 0.5) * Double(count) / Double(size) - 0.5
    let first = Int(place.rounded(.down))
    let reach = method == "bicubic" ? 2 : 1
    return (first + 1 - reach...first + reach).map { tap in
      let x = abs(place - Double(tap))
      let cubic =
        x <= 1 ? 1.25 * x * x * x - 2.25 * x * x + 1 : -0.75 * x * x * x + 3.75 * x * x - 6 * x + 3
      return (min(max(tap, 0), count - 1), method == "bicubic" ? cubic : max(0, 1 - x))
    }
  }
}
