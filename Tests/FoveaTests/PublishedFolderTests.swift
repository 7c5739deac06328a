import Fovea
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Foundation
import Testing

/// Model folders as timm and Hugging Face write them, opened whole.
@Suite("Folders of timm and Hugging Face")
struct PublishedFolderTests {
  private typealias JSON = FoveaModels.JSONValue

  /// Random weights of EfficientViT-B0 with three classes; `stem` is the number of the picture's channels.
  private func write(_ config: JSON, to folder: PictureFolder, stem: Int = 3) throws {
    let numbers = try Registry.configuration(named: "efficientvit_b0").numbers.merging(["num_classes": 3])
    let parameters = try Registry.architecture(numbers).graph().parameters.map { parameter in
      var parameter = parameter
      if parameter.shape.count == 4, parameter.shape[1] == 3 { parameter.shape[1] = stem }
      return parameter
    }
    let source = RandomParameters(seed: 3)
    let writer = try SafetensorsWriter(
      parameters.map { TensorEntry(name: $0.path, elementType: .f16, shape: $0.shape) })
    let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.path, $0) })
    var bytes = Data()
    try writer.write(
      to: { bytes.append(contentsOf: $0) }, values: { byName[$0.name].map(source.values) ?? [] })
    try folder.write(bytes, "m/model.safetensors")
    try folder.write(config.text, "m/config.json")
  }

  private let timm: JSON = [
    "architecture": "efficientvit_b0", "num_classes": 3,
    "pretrained_cfg": ["input_size": [3, 224, 224], "crop_pct": 0.95, "num_classes": 3],
  ]

  private func labels(_ config: JSON) throws -> [String] {
    let folder = try PictureFolder()
    try write(timm.merging(config), to: folder)
    let classifier = try Classifier(.folder(folder.path("m")))
    let answer = try classifier.classify(photo("coffee.png"), top: 3)
    #expect(Set(answer.predictions.map(\.label)) == Set(classifier.model.labels))
    return classifier.model.labels
  }

  @Test("three classes are called by their own names, and by numbers where they have none")
  func threeClasses() throws {
    #expect(try labels(["label_names": ["cat", "dog", "bird"]]) == ["cat", "dog", "bird"])
    #expect(try labels(["id2label": ["2": "bird", "1": "dog", "0": "cat"]]) == ["cat", "dog", "bird"])
    #expect(try labels([:]) == ["0", "1", "2"])
    let synsets: JSON = [
      "label_names": ["n1", "n2", "n3"],
      "label_descriptions": ["n1": "a cat", "n2": "a dog", "n3": "a bird"],
    ]
    #expect(try labels(synsets) == ["a cat", "a dog", "a bird"])
  }

  @Test("pytorch_model.bin in a folder is read as convert reads it")
  func binary() throws {
    let golden = fixtures.appending(path: "goldens/mila_tiny_dims")
    let folder = try PictureFolder()
    try folder.write(Data(contentsOf: golden.appending(path: "config.json")), "m/config.json")
    try folder.write(Data(contentsOf: golden.appending(path: "checkpoint.pth")), "m/pytorch_model.bin")
    let extractor = try FeatureExtractor(.folder(folder.path("m")))
    let file = golden.appending(path: "golden.safetensors").path
    let features = try extractor.features(of: FeatureMap(tensor: "x", inFile: file), stages: ["logits"])
    let expected = try Checkpoint.open(path: file).floats(of: "y")
    let greatest = expected.map(abs).max() ?? 0
    #expect(features.maps[0].values.count == expected.count)
    #expect(zip(features.maps[0].values, expected).allSatisfy { abs($0 - $1) <= 1e-4 * greatest })
    #expect(try Verification(folder.path("m")).tensors > 0)
    // both files: the safe one, said
    try write(timm, to: folder)
    try folder.write(Data("no pickle".utf8), "m/pytorch_model.bin")
    let both = try Classifier(.folder(folder.path("m")))
    #expect(both.model.notes.contains("took model.safetensors and left out pytorch_model.bin"))
  }

  @Test("a label set that names the classes otherwise is refused with both, wherever it stands")
  func labelSets() throws {
    let folder = try PictureFolder()
    func error(_ config: JSON, labels: String? = nil) throws -> FoveaError? {
      try write(timm.merging(config), to: folder)
      try? FileManager.default.removeItem(atPath: folder.path("m/labels.json"))
      if let labels { try folder.write(Data(labels.utf8), "m/labels.json") }
      do throws(FoveaError) {
        _ = try Classifier(.folder(folder.path("m")))
        return nil
      } catch {
        return error
      }
    }
    func set(_ names: [String]) -> String {
      let classes = names.enumerated().map { #"{"index": \#($0), "label": "\#($1)"}"# }
      return #"{"name": "mine", "classes": [\#(classes.joined(separator: ","))]}"#
    }
    let names: JSON = ["label_names": ["cat", "dog", "bird"]]
    #expect(try error(names, labels: set(["cat", "dog", "bird"])) == nil)
    let other = try error(names, labels: set(["cat", "bird", "dog"]))
    #expect(other?.status == .badData)
    #expect(other?.reason.contains("label_names in config.json is \"dog\" for class 1") == true)
    #expect(other?.reason.contains("labels.json has \"bird\"") == true)
    #expect(
      try error([:], labels: set(["cat", "dog"]))?.reason.contains("labels.json has 2 classes") == true)
    #expect(try error(["fovea": ["label_set": "camvid"]])?.reason.contains("camvid has 11 classes") == true)
    #expect(try error(["fovea": ["label_set": "nowhere"]])?.reason.contains("is no data set here") == true)
  }

  @Test(
    "a grey model sees Pillow's L and an RGBA model an alpha of one, in files and in memory",
    arguments: [1, 4])
  func channels(count: Int) throws {
    let folder = try PictureFolder()
    var config = timm
    config["pretrained_cfg"] = [
      "input_size": [.integer(count), 64, 64], "mean": [0.4], "std": [0.2], "num_classes": 3,
    ]
    try write(config, to: folder, stem: count)
    let extractor = try FeatureExtractor(.folder(folder.path("m")))
    let colours: [(RGB, UInt8)] = [
      // Pillow's convert("L") of each
      (RGB(255, 0, 0), 76), (RGB(0, 255, 0), 150), (RGB(0, 0, 255), 29), (RGB(200, 100, 50), 124),
    ]
    var image = Image(width: 64, height: 64, filledWith: .black)
    var values: [Float] = []
    for y in 0..<64 {
      for x in 0..<64 {
        let (colour, grey) = colours[(x / 8 + y / 8) % 4]
        image[x, y] = colour
        let samples = count == 1 ? [grey] : [colour.red, colour.green, colour.blue, 255]
        values += samples.map { (Float($0) / 255 - 0.4) / 0.2 }
      }
    }
    var options = ImageOptions()
    options.fit = .native
    let expected = try extractor.features(
      of: FeatureMap(shape: Shape(height: 64, width: 64, channels: count), values: values))
    let seen = try extractor.features(of: image, images: options)
    try folder.write(Data(PNGEncoder.bytes(image)), "p.png")
    let file = try extractor.features(of: .file(folder.path("p.png")), images: options)
    for (index, map) in expected.maps.enumerated() {
      #expect(map.values == seen.maps[index].values && map.values == file.maps[index].values)
    }
    _ = try extractor.writeFeatures(of: .file(folder.path("p.png")), to: folder.path("f"), images: options)
    let written = try Checkpoint.open(path: folder.path("f"))
    #expect(written.entries.count == expected.maps.count)
  }

  @Test("files that never end are refused, and soon")
  func endless() throws {
    let folder = try PictureFolder()
    try write(timm, to: folder)
    func refusal(_ body: () throws -> Void) -> FoveaError? {
      do { try body() } catch { return error as? FoveaError }
      return nil
    }
    #expect(refusal { _ = try LabelSet(file: "/dev/zero") }?.status == .overLimit)
    let pipe = folder.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(refusal { _ = try LabelSet(file: pipe) }?.status == .badData)
    for name in ["config.json", "preprocessor_config.json", "labels.json"] {
      for target in ["/dev/zero", pipe] {
        let copy = try PictureFolder()
        try write(timm, to: copy)
        try? FileManager.default.removeItem(atPath: copy.path("m/\(name)"))
        try FileManager.default.createSymbolicLink(
          atPath: copy.path("m/\(name)"), withDestinationPath: target)
        let error = refusal { _ = try Classifier(.folder(copy.path("m"))) }
        #expect([.badData, .overLimit].contains(error?.status), "\(name) \(target)")
        #expect((error?.reason.count ?? 0) < 200)
      }
    }
    try folder.write(Data(repeating: 0x20, count: (64 << 20) + 1), "m/config.json")
    #expect(refusal { _ = try Classifier(.folder(folder.path("m"))) }?.status == .overLimit)
  }

  @Test("a config with a hundred thousand scales is refused in one line")
  func manyScales() throws {
    let folder = try PictureFolder()
    var numbers = try Registry.configuration(named: "fovea_nano").numbers
    numbers["multiscale_kernels"] = .array([JSON](repeating: 3, count: 100_000))
    try write(["architecture": "fovea_nano", "fovea": ["architecture": numbers]], to: folder)
    do throws(FoveaError) {
      _ = try Classifier(.folder(folder.path("m")))
      Issue.record("it was read")
    } catch {
      #expect(error.status == .badData && error.details.isEmpty)
      #expect(error.reason.contains("multiscale_kernels in config.json is 100000, should be from 0 to 16"))
    }
  }
}
