import Foundation
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Testing

/// The keys of `fovea.architecture`: documented, complete, and refused where they mean nothing.
@Suite struct ArchitectureKeys {
  private static let document = repositoryRoot.appending(path: "Sources/Fovea/Fovea.docc/ModelFolders.md")
  private static let marker = "do not edit below -->\n"

  @Test func theDocumentHoldsTheTableThatTheCodeMakes() throws {
    let text = try String(contentsOf: Self.document, encoding: .utf8)
    let parts = text.components(separatedBy: Self.marker)
    #expect(parts.count == 2)
    let table = "\n" + Registry.keyTables
    // FOVEA_WRITE_DOCUMENTS=1 tools/test --filter ArchitectureKeys brings the document up to date
    if ProcessInfo.processInfo.environment["FOVEA_WRITE_DOCUMENTS"] != nil {
      try (parts[0] + Self.marker + table).write(to: Self.document, atomically: true, encoding: .utf8)
    } else {
      #expect(parts.last == table)
    }
  }

  @Test(arguments: Registry.names)
  func everyNumberOfAVariantIsDocumentedAndItsConfigMakesTheSameNetwork(name: String) throws {
    let configuration = try Registry.configuration(named: name)
    let architecture = try configuration.architecture()
    let known = Set(type(of: architecture).meanings.map(\.key))
    func check(_ value: JSONValue, under parent: String) {
      guard case .object(let members) = value else { return }
      for (key, value) in members where parent + key != "family" {
        if case .object = value {
          check(value, under: "\(parent)\(key).")
        } else {
          #expect(known.contains(parent + key), "\(name): \(parent)\(key)")
        }
      }
    }
    check(architecture.numbers, under: "")
    // what `models NAME --config` prints
    let read = try ModelConfiguration(configuration.json.text)
    #expect(try read.architecture().graph().parameters == architecture.graph().parameters)
    #expect(read.numbers == configuration.numbers && read.preprocessing == configuration.preprocessing)
    #expect(read.labelSet == configuration.labelSet && read.classCount == configuration.classCount)
    #expect(read.logitsUpsampling == configuration.logitsUpsampling)
    #expect(read.json == configuration.json)
  }

  @Test func aNumberThatMeansNothingIsSaidWithTheNearest() throws {
    let folder = fixtures.appending(path: "goldens/mila_tiny_dims")
    let config = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "config.json")))
    var numbers = try #require(config["architecture"])
    (numbers["patch_size"], numbers["embed_dims"]) = (nil, 64)
    let weights = try Checkpoint.open(path: folder.appending(path: "checkpoint.pth").path)
    let json: JSONValue = ["architecture": "mine", "fovea": ["architecture": numbers]]
    let notes = try Model(ModelConfiguration(json: json), weights: weights).notes
    // the file's tensors lie under "model", which is said first
    #expect(notes.count == 2)
    let said = try #require(notes.last)
    #expect(said.hasPrefix("left out of fovea.architecture, which has no such numbers: "))
    #expect(said.contains("embed_dims (did you mean embed_dim?)"))
    var nested = try Registry.configuration(named: "fovea_nano").numbers
    nested["head"] = ["type": "segmenter", "width": 8]
    #expect(throws: ModelError.missingKey("fovea.architecture.head.depth")) {
      try Registry.architecture(nested)
    }
  }
}
