import FoveaImage
import Testing

@Suite struct CorpusDigestTests {
  @Test func `every file of the corpora is accepted or refused as recorded, with the recorded pixels`() throws
  {
    var accepted = 0
    for row in try table("corpora/expected.tsv").dropFirst() {
      let (path, result, rgb, alpha) = (row[0], row[9], row[17], row[18])
      var digest: RawDigest?
      let error = imageError { () throws(ImageError) in digest = try RawDigest(corpus(path)) }
      guard result.hasPrefix("ok"), !path.contains("scan_bomb_4096x4096_400scans") else {
        #expect(error != nil, "\(path) should be refused: \(row[14])")
        continue
      }
      if row[16].hasPrefix("Premature end") {
        #expect(error != nil, "\(path) is cut")
        continue
      }
      guard let digest else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
      accepted += 1
      if path.contains(".progressive.scan00") { continue }
      #expect(digest.rgb == rgb, "\(path)")
      #expect((digest.alpha ?? "-") == alpha, "\(path)")
    }
    #expect(accepted > 550)
  }
}
