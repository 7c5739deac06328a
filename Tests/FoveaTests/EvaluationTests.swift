import Fovea
import Foundation
import FoveaTestSupport
import Testing

@Suite("Measuring")
struct EvaluationTests {
  @Test("intersections over unions by hand")
  func confusion() {
    var matrix = ConfusionMatrix(classes: 3)
    // Truth 0 0 0 1 1 and void; answer 0 0 1 1 0 1.
    matrix.add([0, 0, 1, 1, 0, 1], truth: [0, 0, 0, 1, 1, Segmentation.unseen])
    #expect(matrix.iou(0) == 2.0 / 4)
    #expect(matrix.iou(1) == 1.0 / 3)
    #expect(matrix.iou(2) == nil)
    #expect(matrix.meanIoU == (0.5 + 1.0 / 3) / 2)
    #expect(matrix.pixelAccuracy == 3.0 / 5)
    // Where there is no answer it is wrong, but not where the network did not look.
    matrix.add([Segmentation.undecided, Segmentation.unseen, Segmentation.undecided], truth: [0, 0, 2])
    #expect(matrix.iou(0) == 2.0 / 5)
    #expect(matrix.iou(1) == 1.0 / 3)
    #expect(matrix.iou(2) == 0)
    #expect(matrix.pixelAccuracy == 3.0 / 7)
  }

  @Test("the fifth class counts among the first five, the sixth does not")
  func topFive() throws {
    let answer = try Classifier().classify(photo("chelsea.png"), top: 10)
    #expect(answer.predictions.count == 10)
    var all = AccuracyTally()
    for (place, prediction) in answer.predictions.enumerated() {
      var tally = AccuracyTally()
      tally.add(answer, truth: prediction.index)
      #expect(tally.top1 == (place == 0 ? 1 : 0) && tally.top5 == (place < 5 ? 1 : 0), "place \(place)")
      all.add(answer, truth: prediction.index)
    }
    #expect(all.top1 == 0.1 && all.top5 == 0.5 && all.images == 10)
  }

  @Test("label sets map mask ids to classes: ADE20K starts at 1, Cityscapes' ids are not train ids")
  func maskIDs() throws {
    #expect(try LabelSet.named("ade20k").maskIDs?.classes["1"] == 0)
    #expect(try LabelSet.named("cityscapes").maskIDs?.classes["7"] == 0)
    #expect(try LabelSet.named("camvid").maskIDs?.ignored == [11])
    #expect(try LabelSet.named("imagenet1k").classes.count == 1000)
  }

  @Test("a label set that maps ids to classes that it has not is refused")
  func strangeIDs() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    for index in ["-1", "1", "70000"] {
      let text = """
        {"name": "x", "classes": [{"index": 0, "label": "a"}], "mask_ids": {"classes": {"0": \(index)}, "ignored": []}}
        """
      try Data(text.utf8).write(to: file)
      let error = #expect(throws: FoveaError.self) { try LabelSet(file: file.path(percentEncoded: false)) }
      #expect(error?.reason == "mask_ids maps 0 to \(index)")
    }
  }

  @Test("a mask of ids becomes classes, void counts for nothing, a stranger is refused")
  func masks() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "mask.png").path(percentEncoded: false)
    let reader = try MaskReader(LabelSet.named("camvid"))
    try PNGEncoder.write([0, 10, 11, 3], .grey, width: 2, height: 2, to: path)
    let mask = try reader.read(path)
    #expect((mask.width, mask.height) == (2, 2))
    #expect(mask.classes == [0, 10, Segmentation.unseen, 3])
    try PNGEncoder.write([0, 10, 12, 3], .grey, width: 2, height: 2, to: path)
    let error = #expect(throws: FoveaError.self) { try reader.read(path) }
    #expect(error?.reason.contains("id 12") == true && error?.status == .badData)
    // Colors of the label set are as good as ids.
    try PNGEncoder.write([128, 128, 128, 128, 0, 0], .rgb, width: 2, height: 1, to: path)
    #expect(try reader.read(path).classes == [0, 1])
  }
}
