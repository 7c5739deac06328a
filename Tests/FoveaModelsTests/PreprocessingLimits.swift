import FoveaModels
import Testing

@Suite struct PreprocessingLimits {
  @Test func aCropIsNoLargerThanThePicture() throws {
    func configuration(_ part: JSONValue) throws -> ModelConfiguration {
      try ModelConfiguration(json: ["architecture": "efficientvit_b0", "pretrained_cfg": ["crop_pct": part]])
    }
    #expect(try configuration(1).preprocessing.cropFraction == 1)
    for part: JSONValue in [1.01, 2, 0] {
      let error = #expect(throws: ModelError.self) { try configuration(part) }
      #expect(error?.description.contains("crop_pct") == true)
    }
  }
}
