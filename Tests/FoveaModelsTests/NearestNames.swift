import FoveaModels
import Testing

@Suite struct NearestNames {
  @Test func twoLettersThatChangedPlacesAreOneMistake() {
    #expect(nearest(to: "pcu", among: ["bench", "cpu"]) == ["cpu"])
    #expect(nearest(to: "puc", among: ["bench", "cpu"]) == [])
    #expect(nearest(to: "Trian", among: ["trial", "train"]) == ["train", "trial"])
  }
}
