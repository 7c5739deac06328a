import Fovea
import Foundation
import Testing

/// Files of a folder, and the parts that it is.
struct LayoutCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let files: [String]
  /// Pictures of each part, by its name; "" is the whole.
  let parts: [String: [String]]
  var layout = DatasetLayout.pairs
  var texts: [String: String] = [:]

  init(
    _ name: String, _ files: [String], _ parts: [String: [String]], _ layout: DatasetLayout = .pairs,
    texts: [String: String] = [:]
  ) {
    (testDescription, self.files, self.parts) = (name, files, parts)
    (self.layout, self.texts) = (layout, texts)
  }

  private static func street(_ part: String, _ name: String) -> [String] {
    ["leftImg8bit/\(part)/ulm/\(name)_leftImg8bit.png"]
      + ["color", "instanceIds", "labelIds"].map { "gtFine/\(part)/ulm/\(name)_gtFine_\($0).png" }
  }

  static let all = [
    LayoutCase("images, masks", ["images/1.jpg", "masks/1.png"], ["": ["images/1.jpg"]]),
    LayoutCase("images, labels", ["images/a/1.jpg", "labels/a/1.png"], ["": ["images/a/1.jpg"]]),
    LayoutCase("Images, Annotations", ["Images/1.png", "Annotations/1.png"], ["": ["Images/1.png"]]),
    LayoutCase(
      "annotations that are no masks", ["images/1.png", "masks/1.png"], ["": ["images/1.png"]],
      texts: ["annotations/1.xml": "<x/>", "labels/1.txt": "0 1 2"]),
    LayoutCase(
      "known suffixes",
      [
        "images/1.jpg", "images/2.jpg", "images/3.jpg", "images/4.jpg", "masks/1_mask.png",
        "masks/2_masks.png", "masks/3_labelIds.png", "masks/4.png",
      ], ["": ["images/1.jpg", "images/2.jpg", "images/3.jpg", "images/4.jpg"]]),
    LayoutCase(
      "a picture that is called as another's mask",
      ["images/1.jpg", "images/1_mask.jpg", "masks/1.png", "masks/1_mask.png"],
      ["": ["images/1.jpg", "images/1_mask.jpg"]]),
    LayoutCase(
      "pictures of one stem, masks of whole names",
      ["images/1.jpg", "images/1.png", "masks/1.jpg.png", "masks/1.png.png"],
      ["": ["images/1.jpg", "images/1.png"]]),
    LayoutCase(
      "masks beside pictures", ["1.jpg", "1_mask.png", "2.jpg", "2_mask.png"], ["": ["1.jpg", "2.jpg"]]),
    LayoutCase(
      "train and val",
      [
        "train/images/1.png", "train/masks/1.png", "val/images/2.png", "val/masks/2.png", "test/images/3.png",
      ],
      ["train": ["train/images/1.png"], "val": ["val/images/2.png"]]),
    LayoutCase(
      "parts of images and annotations, as ADE20K",
      [
        "images/training/1.jpg", "images/validation/2.jpg", "annotations/training/1.png",
        "annotations/validation/2.png",
      ], ["train": ["images/training/1.jpg"], "val": ["images/validation/2.jpg"]]),
    LayoutCase(
      "Cityscapes", street("train", "ulm_0_1") + street("val", "ulm_0_2"),
      [
        "train": ["leftImg8bit/train/ulm/ulm_0_1_leftImg8bit.png"],
        "val": ["leftImg8bit/val/ulm/ulm_0_2_leftImg8bit.png"],
      ]),
    LayoutCase(
      "VOC",
      ["1", "2", "3", "4"].map { "JPEGImages/\($0).jpg" }
        + ["1", "2", "3"].map { "SegmentationClass/\($0).png" }
        + ["SegmentationObject/1.png"],
      ["train": ["JPEGImages/1.jpg", "JPEGImages/3.jpg"], "val": ["JPEGImages/2.jpg"]],
      texts: [
        "ImageSets/Segmentation/train.txt": "3\n1\n", "ImageSets/Segmentation/val.txt": "2\r\n",
        "ImageSets/Segmentation/trainval.txt": "1\n2\n3\n", "Annotations/1.xml": "<x/>",
      ]),
    LayoutCase(
      "lists of paths",
      ["images/1.png", "images/2.png", "masks/1.png", "masks/2.png"],
      ["train": ["images/2.png"], "test": ["images/1.png"]],
      texts: ["train.txt": "data/images/2.png data/masks/2.png\n", "test.txt": "images/1.png"]),
    LayoutCase("folders", ["cat/1.png", "dog/2.png"], ["": ["cat/1.png", "dog/2.png"]], .folders),
    LayoutCase(
      "folders in parts", ["train/cat/1.png", "valid/cat/2.png", "test/cat/3.png", "cat/4.png"],
      ["train": ["train/cat/1.png"], "val": ["valid/cat/2.png"], "test": ["test/cat/3.png"]], .folders),
    LayoutCase(
      "validation", ["Train/cat/1.png", "validation/cat/2.png"],
      ["train": ["Train/cat/1.png"], "val": ["validation/cat/2.png"]], .folders),
    LayoutCase(
      "a CSV", ["images/1.png", "images/2.png"], ["": ["images/2.png", "images/1.png"]], .list,
      texts: ["labels.csv": "\u{feff}image,label\n2.png,dog\nimages/1.png,\"cat, big\"\n"]),
    LayoutCase(
      "CSVs of parts", ["pictures/1.png", "pictures/2.png"],
      ["train": ["pictures/1.png"], "val": ["pictures/2.png"]], .list,
      texts: ["train.csv": "class;path\ncat;pictures/1.png\n", "val.csv": "pictures/2.png;cat\n"]),
    LayoutCase(
      "a CSV beside its folder", ["train/1.png", "train/2.png"],
      ["train": ["train/1.png", "train/2.png"]], .list, texts: ["train.csv": "id,breed\n1,cat\n2,dog\n"]),
    LayoutCase(
      "a list as Tiny-ImageNet's",
      ["train/n1/images/1.png", "val/images/val_0.png"],
      ["train": ["train/n1/images/1.png"], "val": ["val/images/val_0.png"]], .list,
      texts: ["val/val_annotations.txt": "val_0.png\tn1\t0\t0\t9\t9\n"]),
    LayoutCase(
      "a list with blanks", ["a b.png", "c.png"], ["": ["a b.png", "c.png"]], .list,
      texts: ["labels.txt": "a b.png Egyptian cat\nc.png 7\n"]),
  ]
}

@Suite("Layouts of data sets")
struct DatasetLayoutTests {
  private let folder: PictureFolder

  init() throws { folder = try PictureFolder() }

  private func pictures(of part: DatasetPart) throws -> [String] {
    let paths: [String]
    if part.layout == .pairs {
      let pairs = try MaskPairs(part)
      #expect(pairs.leftOut.isWhole, "\(pairs.leftOut.line ?? "")")
      paths = pairs.pairs.map(\.image)
    } else {
      let classes = ClassNames(["cat", "dog", "n1", "cat, big", "Egyptian cat", "7"])
      let found = try LabelledPictures(part, classes: classes)
      #expect(found.leftOut.isWhole && found.alignment == .name, "\(found.leftOut.line ?? "")")
      paths = found.samples.map(\.path)
    }
    return paths.map { String($0.dropFirst(folder.path("set/").count)) }
  }

  private func add(_ files: [String], _ texts: [String: String] = [:]) throws {
    for file in files { try folder.addPicture("set/\(file)") }
    for (name, text) in texts { try folder.write(Data(text.utf8), "set/\(name)") }
  }

  @Test("each layout is known by its names", arguments: LayoutCase.all)
  func layouts(_ item: LayoutCase) throws {
    try add(item.files, item.texts)
    let dataset = try Dataset(folder.path("set"))
    var parts = Dictionary(
      uniqueKeysWithValues: try dataset.parts.map { ($0.rawValue, try pictures(of: $1)) })
    if let whole = dataset.whole { parts[""] = try pictures(of: whole) }
    #expect(parts == item.parts)
    #expect(
      (dataset.whole ?? dataset.parts[.validation] ?? dataset.parts.values.first)?.layout == item.layout)
  }

  @Test("what is no data set by its names is refused, and the names are told")
  func refused() throws {
    for (files, texts, words) in [
      (["train/1.png", "val/2.png"], [:], "is in parts, train, val, that hold no folders of classes"),
      (["train/1.png"], [:], "is in parts, train, that hold no folders of classes"),
      (["train/1.png", "trainannot/1.png", "test/1.png", "testannot/1.png"], [:], "is in parts, test, "),
      (["train/a/1.png", "val/a/2.png", "valid/a/2.png"], [:], "holds val/ and valid/"),
      (["images/1.jpg", "masks/1.png", "labels/1.png"], [:], "not plain which are its masks"),
      (["images/1.jpg"], ["labels/1.txt": "0 0.5"], "no PNG in labels"),
      (["train_images/1.jpg", "train_masks/1.png"], [:], "one folder is called as masks are"),
      (["photos/1.jpg", "truth/1.png"], ["labels.json": Self.maskLabels], "has a label set of masks"),
    ] as [([String], [String: String], String)] {
      try? FileManager.default.removeItem(atPath: folder.path("set"))
      try add(files, texts)
      let error = #expect(throws: FoveaError.self) { try Dataset(folder.path("set")) }
      #expect(
        error?.reason.contains(words) == true && error?.status == .badData, "\(error?.reason ?? "none")")
    }
  }

  private static let maskLabels = """
    {"name": "t", "classes": [{"index": 0, "label": "a"}], "mask_ids": {"classes": {"0": 0}, "ignored": []}}
    """

  @Test("two folders are no classes where a segmenter is trained further, and are where that is said")
  func segmenterStart() throws {
    try add(["photos/1.png", "photos/2.png", "truth/1.png", "truth/2.png"])
    var request = folder.request("model", data: "set")
    (request.architecture, request.start) = (nil, .named("fovea_nano_camvid"))
    let error = #expect(throws: FoveaError.self) { try Trainer(request) }
    #expect(
      error?.reason == "the model is a segmenter, and these are no folders of images and masks: photos, truth"
    )
    #expect(error?.status == .badData)
    request.layout = .folders
    #expect(try Trainer(request).labels == ["photos", "truth"])
  }

  @Test(
    "pictures without masks and masks without pictures are counted and named, and refused where that is strict"
  )
  func withoutMasks() throws {
    try add(["images/1.png", "images/2.png", "images/3.png", "masks/1.png", "masks/9.png"])
    let pairs = try MaskPairs(Dataset(folder.path("set")).measured(nil))
    #expect(pairs.pairs.count == 1)
    #expect(
      pairs.leftOut.line == "left out: 2 images without a mask (first: \(folder.path("set/images/2.png"))), "
        + "1 mask without an image (first: \(folder.path("set/masks/9.png")))")
    try folder.write(Data(Self.maskLabels.utf8), "set/labels.json")
    var request = folder.request("model", data: "set")
    #expect(try Trainer(request).notes.contains { $0.hasPrefix("left out: 2 images without a mask") })
    request.isStrict = true
    let error = #expect(throws: FoveaError.self) { try Trainer(request) }
    #expect(error?.reason == pairs.leftOut.line && error?.status == .badData)
  }

  @Test("masks that do not belong to pictures plainly are refused")
  func ambiguousMasks() throws {
    for (files, suffix, words) in [
      (["images/1.jpg", "images/1.png", "masks/1.png"], nil, "may be the mask of 1.jpg or of 1.png"),
      (["images/1.jpg", "masks/1.png", "masks/1_mask.png"], nil, "has 2 masks in"),
      (["images/1.jpg", "masks/9.png"], nil, "has no mask in"),
      (["images/1.jpg", "masks/1.png"], "_seg", "has no mask in"),
    ] as [([String], String?, String)] {
      try? FileManager.default.removeItem(atPath: folder.path("set"))
      try add(files)
      var options = DatasetOptions()
      options.maskSuffix = suffix
      let part = try Dataset(folder.path("set"), options: options).measured(nil)
      let error = #expect(throws: FoveaError.self) { try MaskPairs(part) }
      #expect(
        error?.reason.contains(words) == true && error?.status == .badData, "\(error?.reason ?? "none")")
    }
    try? FileManager.default.removeItem(atPath: folder.path("set"))
    try add(["images/1.jpg", "masks/1_seg.png", "masks/1_mask.png", "masks/1.jpg"])
    var options = DatasetOptions()
    options.maskSuffix = "_seg"
    let pairs = try MaskPairs(Dataset(folder.path("set"), options: options).measured(nil))
    #expect(pairs.pairs.map(\.mask) == [folder.path("set/masks/1_seg.png")])
  }

  @Test("the part to measure with is named, or the only one that is no train/")
  func measured() throws {
    try add(["train/a/1.png", "val/a/2.png", "test/a/3.png"])
    let dataset = try Dataset(folder.path("set"))
    let error = #expect(throws: FoveaError.self) { try dataset.measured(nil) }
    #expect(error?.reason == "is in parts: train, val, test" && error?.status == .usage)
    #expect(try dataset.measured(.test).directory == folder.path("set/test"))
    try FileManager.default.removeItem(atPath: folder.path("set/test"))
    #expect(try Dataset(folder.path("set")).measured(nil).directory == folder.path("set/val"))
    #expect(throws: FoveaError.self) { try Dataset(folder.path("set")).measured(.test) }
  }

  @Test("a list names what is not there, what it says nothing of, and what it contradicts")
  func lists() throws {
    try add(["1.png", "2.png", "3.png"], ["labels.csv": "file,class\n1.png,cat\n7.png,dog\n2.png,dog\n"])
    let classes = ClassNames(["cat", "dog"])
    let found = try LabelledPictures(Dataset(folder.path("set")).measured(nil), classes: classes)
    #expect(found.samples.map(\.index) == [0, 1])
    #expect(found.leftOut.tallies[.missingImage]?.first == "\(folder.path("set/labels.csv")): 7.png")
    #expect(found.leftOut.tallies[.unlabelledImage]?.first == folder.path("set/3.png"))
    for (text, words) in [
      ("1.png,cat\n1.png,dog\n", "says that 1.png is dog, and before that it is cat"),
      ("1.png,cat\n2.png\n", "names no class"),
      ("image,A,B\n1.png,0,1\n", "not plain which columns"),
      ("8.png,cat\n9.png,dog\n", "names no picture that is there, not 8.png"),
      ("1.png,cat\n2.png,zebra\n", "is no label of the model"),
    ] {
      try folder.write(Data(text.utf8), "list.csv")
      var options = DatasetOptions()
      options.list = folder.path("list.csv")
      let part = try Dataset(folder.path("set"), options: options).measured(nil)
      let error = #expect(throws: FoveaError.self) { try LabelledPictures(part, classes: classes) }
      #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "none")")
    }
  }

  @Test("pictures beside the folders of classes, and folders without pictures, are counted")
  func besideFolders() throws {
    try add(["cat/1.png", "dog/2.png", "3.png"], ["bird/notes.txt": "none"])
    let part = try Dataset(folder.path("set")).measured(nil)
    let found = try LabelledPictures(part, classes: ClassNames(["cat", "dog"]))
    #expect(found.samples.count == 2)
    #expect(found.leftOut.tallies[.unlabelledImage]?.count == 1)
    #expect(found.leftOut.tallies[.emptyFolder]?.first == folder.path("set/bird"))
  }
}
