import Fovea
import Foundation
import FoveaTestSupport
import Testing

@Suite("Segmenting")
struct SegmenterTests {
  @Test("the mask has the photo's size, and its shares count every pixel")
  func shares() throws {
    let answer = try Segmenter().segment(photo("china.jpg"), keepsPhoto: true)
    #expect((answer.width, answer.height) == (640, 427))
    #expect(answer.mask.count == 640 * 427)
    for share in answer.classes {
      #expect(share.pixels == answer.mask.count { Int($0) == share.index })
      #expect(share.fraction == Double(share.pixels) / Double(640 * 427))
    }
    #expect(answer.classes.map(\.pixels) == answer.classes.map(\.pixels).sorted(by: >))
    #expect(answer.overlay()?.width == 640)
  }

  @Test("a mask written row by row is the file that the whole mask gives")
  func rows() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
    let segmenter = try Segmenter()
    for name in ["china.jpg", "coffee.png"] {
      let summary = try segmenter.writeMask(of: photo(name), to: path("rows.png"))
      let whole = try segmenter.segment(photo(name))
      try whole.writeMask(to: path("whole.png"))
      #expect(summary.classes == whole.classes)
      #expect(
        try Data(contentsOf: folder.appending(path: "rows.png"))
          == Data(contentsOf: folder.appending(path: "whole.png")))
    }
  }

  @Test("every fit gives a mask of the photo's size; a crop leaves unseen what it cut off")
  func fits() throws {
    let segmenter = try Segmenter()
    for fit in Fit.allCases {
      var options = ImageOptions()
      options.fit = fit
      let answer = try segmenter.segment(photo("astronaut.png"), images: options)
      #expect(answer.mask.count == 512 * 512)
      // The network's size is 288 × 384: of a square photo a crop cuts off the top and the bottom quarter.
      let unseen = answer.mask.count { $0 == Segmentation.unseen }
      #expect(fit == .crop ? abs(unseen - 512 * 128) <= 2 * 512 : unseen == 0, "\(fit): \(unseen)")
    }
  }

  @Test("the mask follows the argmax of the bilinearly upsampled logits")
  func argmax() throws {
    let image = try DecodedImage(photo("coffee.png")).image.resized(width: 96, height: 64, filter: .bilinear)
    let mask = try Segmenter().segment(image).mask
    let logits = try #require(
      try FeatureExtractor(.named("fovea_small_camvid")).features(of: image, stages: ["logits"])["logits"])
    let (h, w, classes) = (logits.shape.height, logits.shape.width, logits.shape.channels)
    // In double precision, align_corners false.
    func value(_ x: Int, _ y: Int, _ c: Int) -> Double {
      let px = max(0, (Double(x) + 0.5) * Double(w) / 96 - 0.5)
      let py = max(0, (Double(y) + 0.5) * Double(h) / 64 - 0.5)
      let (x0, y0) = (Int(px), Int(py))
      let (x1, y1) = (min(x0 + 1, w - 1), min(y0 + 1, h - 1))
      let (fx, fy) = (px - Double(x0), py - Double(y0))
      func at(_ y: Int, _ x: Int) -> Double { Double(logits.values[(y * w + x) * classes + c]) }
      return (at(y0, x0) * (1 - fx) + at(y0, x1) * fx) * (1 - fy) + (at(y1, x0) * (1 - fx) + at(y1, x1) * fx)
        * fy
    }
    for y in 0..<64 {
      for x in 0..<96 {
        let values = (0..<classes).map { value(x, y, $0) }
        let best = values.max() ?? 0
        // Classes within rounding of the best may stand for it.
        #expect(best - values[Int(mask[y * 96 + x])] <= 1e-4 * max(1, abs(best)), "at \(x), \(y)")
      }
    }
  }
}
