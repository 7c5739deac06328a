import Fovea
import FoveaTestSupport
import Foundation
import Testing

@Suite("What masks hold")
struct MaskReaderTests {
  private let folder: PictureFolder

  init() throws { folder = try PictureFolder() }

  /// VOC's first colors: black, dark red, green, olive.
  private static let voc = [RGB(0, 0, 0), RGB(128, 0, 0), RGB(0, 128, 0), RGB(128, 128, 0)]

  private func set(
    colors: [RGB?], ids: String? = nil, named names: [String] = ["a", "b", "c", "d"]
  ) throws -> LabelSet {
    let classes = colors.enumerated().map { index, color in
      let text = color.map { ", \"color\": [\($0.red), \($0.green), \($0.blue)]" } ?? ""
      return "{\"index\": \(index), \"label\": \"\(names[index])\"\(text)}"
    }
    let ids = ids.map { ", \"mask_ids\": \($0)" } ?? ""
    let text = "{\"name\": \"t\", \"classes\": [\(classes.joined(separator: ","))]\(ids)}"
    try folder.write(Data(text.utf8), "labels.json")
    return try LabelSet(file: folder.path("labels.json"))
  }

  private func read(_ samples: [UInt8], _ palette: [RGB], _ set: LabelSet) throws -> [UInt16] {
    let bytes = try PNGEncoder.bytes(samples, .indexed(palette: palette), width: samples.count, height: 1)
    try folder.write(Data(bytes), "mask.png")
    return try MaskReader(set).read(folder.path("mask.png")).classes
  }

  private let ids = #"{"classes": {"0": 0, "1": 1, "2": 2}, "ignored": [255]}"#

  @Test("an index is the id where a set has no colors, or other colors than the palette")
  func indices() throws {
    let padded = Self.voc + [RGB](repeating: RGB(9, 9, 9), count: 252)
    let sets = [
      try set(colors: [nil, nil, nil], ids: ids), try set(colors: [nil, nil, nil], ids: nil),
      try set(colors: [.black, RGB(255, 0, 0), RGB(0, 0, 255)], ids: ids),
    ]
    for set in sets {
      #expect(try read([0, 1, 2, 1], Self.voc, set) == [0, 1, 2, 1])
      #expect(try read([0, 0, 0], Self.voc, set) == [0, 0, 0])
    }
    #expect(try read([0, 255, 2], padded, sets[0]) == [0, Segmentation.unseen, 2])
    let error = #expect(throws: FoveaError.self) { try read([0, 3], Self.voc, sets[0]) }
    #expect(error?.reason == "has id 3, which t does not know" && error?.status == .badData)
  }

  @Test("an index is its color's class where the palette is the set's own, whatever the ids")
  func ownPalette() throws {
    // ids that begin elsewhere, as Cityscapes' do
    let set = try set(
      colors: [RGB(10, 0, 0), RGB(20, 0, 0), RGB(30, 0, 0)],
      ids: #"{"classes": {"7": 0, "8": 1, "11": 2}, "ignored": [0, 255]}"#)
    let colors = [RGB(10, 0, 0), RGB(20, 0, 0), RGB(30, 0, 0)]
    #expect(try read([0, 1, 2], colors, set) == [0, 1, 2])
    #expect(try read([2, 1, 0], colors.reversed(), set) == [0, 1, 2])
    #expect(try read([0, 1], [colors[2], colors[0], .black, .black], set) == [2, 0])
    // what the palette has past the classes is an id again
    #expect(
      try read([2, 255], colors + [RGB](repeating: .white, count: 253), set) == [2, Segmentation.unseen])
    #expect(try read([7, 11, 0], (0..<12).map { RGB(UInt8($0), 1, 1) }, set) == [0, 2, Segmentation.unseen])
  }

  @Test("palettes of 1 and 2 bits, from Pillow")
  func bits() throws {
    let set = try set(colors: [nil, nil, nil], ids: ids)
    for (text, right) in [
      (
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAgMAAAAmWC1rAAAADFBMVEUAAACAAAAAgACAgAA47ASAAAAAEUlEQVR4nGOQZGBY4sDIVAcABYoBf5beDzsAAAAASUVORK5CYII=",
        [0, 1, 2, 1, 0, 2, 2, 1, 0, 1, 0, 0, 0, 2, 2]
      ),
      (
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAABAQMAAAAsMPawAAAABlBMVEUAAACAAABEUqJPAAAACklEQVR4nGPIAAAAagBpOUZKigAAAABJRU5ErkJggg==",
        [0, 1, 1, 0, 1]
      ),
    ] as [(String, [UInt16])] {
      try folder.write(try #require(Data(base64Encoded: text)), "mask.png")
      #expect(try MaskReader(set).read(folder.path("mask.png")).classes == right)
    }
  }

  @Test("a mask in color is refused where the set has no colors: none are made up")
  func noColors() throws {
    let set = try set(colors: [nil, nil, nil], ids: ids)
    try folder.write(
      Data(PNGEncoder.bytes([128, 0, 0, 0, 128, 0], .rgb, width: 2, height: 1)), "mask.png")
    let error = #expect(throws: FoveaError.self) { try MaskReader(set).read(folder.path("mask.png")) }
    #expect(error?.reason == "is in color, and t states no colors" && error?.status == .badData)
  }

  @Test("a JPEG is no mask, whatever its name")
  func jpeg() throws {
    let photo = try Data(contentsOf: repositoryRoot.appending(path: "datasets/samples/rocket.jpg"))
    let set = try set(colors: [nil, nil, nil])
    for name in ["mask.jpg", "mask.png"] {
      try folder.write(photo, name)
      let error = #expect(throws: FoveaError.self) { try MaskReader(set).read(folder.path(name)) }
      #expect(error?.reason.hasPrefix("is a JPEG") == true && error?.status == .badData)
    }
  }

  @Test("a training stops where all pixels of the masks are ignored")
  func allIgnored() throws {
    try folder.addPairs(images: 4)
    for number in 0..<4 {
      try folder.write(
        Data(PNGEncoder.bytes([UInt8](repeating: 255, count: 4096), .grey, width: 64, height: 64)),
        "pairs/masks/\(number).png")
    }
    let trainer = try Trainer(folder.request("model", data: "pairs", epochs: 1, batch: 2))
    let error = #expect(throws: FoveaError.self) { try trainer.run { _ in } }
    #expect(error?.reason.hasPrefix("no pixel of its masks has a class") == true)
    #expect(error?.status == .badData && !FileManager.default.fileExists(atPath: folder.path("model")))
  }

  @Test("where no mask can be read the first one's own reason is told, with the count of each")
  func firstReason() throws {
    try folder.addPairs(images: 5)
    for number in 0..<4 {
      try folder.write(
        Data(PNGEncoder.bytes([UInt8](repeating: 0, count: 4), .grey, width: 2, height: 2)),
        "pairs/masks/\(number).png")
    }
    try folder.write(Data("no picture".utf8), "pairs/masks/4.png")
    for method in [TrainingRequest.Method.whole, .head] {
      var request = folder.request("model", data: "pairs", epochs: 1, batch: 2) { $0.validationPart = 0 }
      if method == .head { (request.architecture, request.start) = (nil, .named("fovea_nano_camvid")) }
      request.method = method
      let trainer = try Trainer(request)
      let error = #expect(throws: FoveaError.self) { try trainer.run { _ in } }
      #expect(error?.path == folder.path("pairs/masks/0.png"))
      #expect(error?.reason == "is 2 x 2, its picture 64 x 64" && error?.status == .badData)
      #expect(error?.details.first == "4 x is 2 x 2, its picture 64 x 64" && error?.details.count == 2)
    }
  }

  @Test("where no picture of any class can be read the first one's own reason is told")
  func firstPicture() throws {
    for label in ["a", "b"] {
      for number in 0..<3 { try folder.write(Data("no picture".utf8), "data/\(label)/\(number).png") }
    }
    for method in [TrainingRequest.Method.whole, .few] {
      var request = folder.request("model", epochs: 1) { $0.validationPart = 0 }
      if method == .few { (request.architecture, request.start) = (nil, .named("fovea_small_tiny_imagenet")) }
      request.method = method
      let trainer = try Trainer(request)
      let error = #expect(throws: FoveaError.self) { try trainer.run { _ in } }
      #expect(error?.path == folder.path("data/a/0.png"), "\(method)")
      #expect(error?.details.first?.hasPrefix("6 x ") == true, "\(error?.details ?? [])")
    }
  }

  @Test("a set of more classes than a mask can hold is refused with both numbers")
  func manyClasses() throws {
    let classes = (0..<65_535).map { "{\"index\": \($0), \"label\": \"c\($0)\"}" }.joined(separator: ",")
    try folder.write(Data("{\"name\": \"many\", \"classes\": [\(classes)]}".utf8), "labels.json")
    let set = try LabelSet(file: folder.path("labels.json"))
    let error = #expect(throws: FoveaError.self) { try MaskReader(set) }
    #expect(error?.reason == "has 65535 classes, and a mask holds at most 65534")
    #expect(error?.status == .unsupported)
  }
}
