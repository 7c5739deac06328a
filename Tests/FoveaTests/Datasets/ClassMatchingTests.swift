import Fovea
import Foundation
import Testing

/// Folders of a data set, a model's labels, and what is right.
struct NameCase: Sendable, CustomTestStringConvertible {
  let folders: [String]
  let labels: [String]
  var synsets: [String?] = []
  /// The class of each folder, or nil for an error.
  var indices: [Int]?
  var alignment = Alignment.name
  /// What the error says.
  var words = ""
  var isStrict = false

  var testDescription: String { "\(folders) for \(labels)\(isStrict ? ", strictly" : "")" }

  /// Folders that are matched.
  static func right(
    _ folders: [String], _ labels: [String], _ indices: [Int], _ alignment: Alignment = .name,
    synsets: [String?] = [], isStrict: Bool = false
  ) -> NameCase {
    NameCase(
      folders: folders, labels: labels, synsets: synsets, indices: indices, alignment: alignment,
      isStrict: isStrict)
  }

  /// Folders that are refused.
  static func refused(
    _ folders: [String], _ labels: [String], _ words: String, synsets: [String?] = [], isStrict: Bool = false
  ) -> NameCase {
    NameCase(folders: folders, labels: labels, synsets: synsets, words: words, isStrict: isStrict)
  }

  static let all: [NameCase] = [
    right(["cat", "dog"], ["dog", "cat"], [1, 0]),
    // case is a difference where both are there
    right(["Cardigan", "cardigan"], ["cardigan", "Cardigan"], [1, 0]),
    right(["Cat"], ["dog", "cat"], [1], .folded),
    right(["cat"], ["cat", "Cat"], [0]),
    refused(["CAT"], ["cat", "Cat"], "may be each of 2 classes, cat, Cat"),
    refused(["Cat", "cat"], ["cat", "dog"], "is cat as much as cat is"),
    refused(["CAT", "Cat"], ["cat", "dog"], "is cat as much as Cat is"),
    // underscores and spaces
    right(["Egyptian_cat", "tabby"], ["tabby", "Egyptian cat"], [1, 0], .folded),
    right(["a b", "a_b"], ["a_b", "a b"], [1, 0]),
    refused(["a_b", "a b"], ["a  b", "c"], "as much as"),
    right(["hot_dog"], ["Hot Dog", "corn"], [0], .folded),
    // WordNet's ids
    right(["n01", "n02"], ["tench", "goldfish"], [0, 1], .synset, synsets: ["n01", "n02"]),
    right(["goldfish", "n01"], ["tench", "goldfish"], [1, 0], .synset, synsets: ["n01", "n02"]),
    right(["n02"], ["n02", "b"], [1], .synset, synsets: ["n01", "n02"]),
    // numbers that are labels
    right(["1", "7"], ["7", "1", "3"], [1, 0]),
    right(["007", "01"], ["1", "7"], [1, 0], .folded),
    refused(["0", "1", "7"], ["7", "1", "3"], "is no label"),
    // numbers that are positions
    right(["0", "1", "2"], ["cat", "dog", "bird"], [0, 1, 2], .index),
    right(["00", "02"], ["cat", "dog", "bird"], [0, 2], .index),
    right(["0", "1", "10"], (0..<11).map { "c\($0)" }, [0, 1, 10], .index),
    right(["000", "001", "002"], ["0", "1", "2"], [0, 1, 2], .index),
    right(["0", "1"], ["cat", "dog"], [0, 1], .index, isStrict: true),
    refused(["1", "2", "3"], ["cat", "dog", "bird"], "no position among its 3 classes"),
    refused(["1", "01"], ["cat", "dog"], "is no label"),
    refused(["0", "99999999999999999999"], ["cat", "dog"], "is no label"),
    refused(["0", "cat"], ["cat", "dog"], "is no label"),
    refused(["-1", "0"], ["cat", "dog"], "is no label"),
    // by order where nothing says anything else
    right(["x", "y", "z"], ["cat", "dog", "bird"], [0, 1, 2], .order),
    right(["cat", "dog"], ["0", "1"], [0, 1], .order),
    refused(["x", "y", "z"], ["cat", "dog", "bird"], "is no label", isStrict: true),
    refused(["cat", "coffee", "rocket"], ["cat", "dog", "bird"], "is no label"),
    refused(["Cat", "coffee", "rocket"], ["cat", "dog", "bird"], "is no label"),
    refused(["x", "y"], ["cat", "dog", "bird"], "is no label"),
    refused(["x", "y", "3"], ["cat", "dog", "bird"], "is no label"),
    // labels that are not unique
    refused(["crane"], ["crane", "b", "crane"], "may be each of 2 classes"),
    right(["n1", "n2"], ["crane", "crane"], [0, 1], .synset, synsets: ["n1", "n2"]),
  ]
}

@Suite("Names of classes")
struct ClassMatchingTests {
  @Test("folders are matched by what they say, or refused", arguments: NameCase.all)
  func names(_ item: NameCase) throws {
    let folder = try PictureFolder()
    for name in item.folders { try folder.addPicture("set/\(name)/1.png") }
    var options = DatasetOptions()
    (options.layout, options.isStrict) = (.folders, item.isStrict)
    let part = try Dataset(folder.path("set"), options: options).measured(nil)
    let classes = ClassNames(item.labels, synsets: item.synsets)
    guard let indices = item.indices else {
      let error = #expect(throws: FoveaError.self) { try LabelledPictures(part, classes: classes) }
      #expect(error?.status == .badData)
      #expect(error?.reason.contains(item.words) == true, "\(error?.reason ?? "none")")
      #expect(error?.path.hasPrefix(folder.path("set/")) == true)
      return
    }
    let pictures = try LabelledPictures(part, classes: classes)
    let found = Dictionary(pictures.samples.map { ($0.path, $0.index) }) { $1 }
    #expect(item.folders.map { found[folder.path("set/\($0)/1.png")] } == indices)
    #expect(pictures.alignment == item.alignment && pictures.leftOut.isEmpty)
  }

  @Test("classes of masks are those of the model by name, whatever their order")
  func maskClasses() throws {
    let folder = try PictureFolder()
    try folder.addPairs(images: 2)
    let camvid = try LabelSet.named("camvid")
    let segmenter = try Segmenter(.named("fovea_nano_camvid"))
    func labels(_ names: [String]) throws {
      let classes = names.enumerated().map { #"{"index": \#($0), "label": "\#($1)"}"# }
      try folder.write(
        Data("{\"name\": \"x\", \"classes\": [\(classes.joined(separator: ", "))]}".utf8),
        "pairs/labels.json")
    }
    func read(_ strict: Bool = false) throws -> (masks: MaskReader, alignment: Alignment) {
      var options = DatasetOptions()
      options.isStrict = strict
      return try MaskPairs.reader(
        of: Dataset(folder.path("pairs"), options: options).measured(nil), dataset: nil, for: segmenter.model)
    }
    let names = camvid.classes.map(\.label)
    try labels(names.reversed())
    let (masks, alignment) = try read(true)
    try folder.write(
      Data(PNGEncoder.bytes([0, 10, 3], .grey, width: 3, height: 1)), "mask.png")
    #expect(alignment == .name)
    #expect(try masks.read(folder.path("mask.png")).classes == [10, 0, 7])
    for (wrong, words) in [
      (names.dropLast() + ["unicorn"], "is no label of the model"),
      (Array(names.dropLast()), "x has 10 classes, and there are 11 labels of the model"),
      ((0..<11).map { "thing \($0)" }, "is no label of the model"),
      (try LabelSet.named("cityscapes").classes.map(\.label), "has 19 classes"),
    ] {
      try labels(wrong)
      let error = #expect(throws: FoveaError.self) { try read() }
      #expect(
        error?.reason.contains(words) == true && error?.status == .badData, "\(error?.reason ?? "none")")
    }
  }
}
