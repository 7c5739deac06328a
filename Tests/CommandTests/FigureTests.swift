import Foundation
import FoveaTestSupport
import Testing

@Suite("Figures in answers")
struct FigureTests {
  @Test("percentages are rounded to tenths")
  func percentages() throws {
    let picture = sample("chelsea.png")
    let answer = try FoveaProcess.run(["classify", picture, "--top", "20", "--json"])
    let object = try #require(answer.objects.first)
    let predictions = try #require(object["predictions"] as? [[String: Any]])
    let lines = try FoveaProcess.run(["classify", picture, "--top", "20"]).lines.filter { $0.contains("%") }
    #expect(predictions.count == 20 && lines.count == 20)
    for (prediction, line) in zip(predictions, lines) {
      let probability = try #require(prediction["probability"] as? Double)
      let figure = String(line.prefix { $0 != "%" }.filter { $0 != " " })
      let told = try #require(Double(figure))
      #expect(abs(told - probability * 100) <= 0.05 + 1e-5, "\(line)")
    }
  }

  @Test("without --query the pixels in the middle of a grid's cells ask")
  func grid() throws {
    let (out, photo) = (try Scratch(), sample("chelsea.png"))
    let outcome = try FoveaProcess.run([
      "attend", photo, "-o", out.path(""), "-m", "fovea_nano_camvid", "--fit", "stretch", "--grid", "2",
      "--block", "backbone.stages.4.1.context", "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.messages)")
    // of 451 × 300 pixels
    let expected = ["112-75", "112-225", "338-75", "338-225"].map { "query-\($0).png" }
    let drawn = out.files.compactMap { $0.split(separator: "/").last.map(String.init) }
    #expect(Set(drawn.filter { $0.hasPrefix("query-") }) == Set(expected))
  }
}
