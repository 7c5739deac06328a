// Reads `swift package dump-package` on standard input, and fails on a dependency that the design does not have:
// modules depend one way, and libraries on no package. Run by tools/check.
import Foundation

/// What each target may depend on; tests may on anything.
let table: [String: Set<String>] = [
  "TrainingBench": ["Fovea", "FoveaTraining", "FoveaModels"],
  "FoveaCommand": ["Fovea", "ArgumentParser", "Logging"],
  "Fovea": ["FoveaModels", "FoveaEngine", "FoveaTraining", "FoveaImage", "CFoveaEmbedded"],
  "FoveaModels": ["FoveaGraph", "FoveaWeights"],
  "FoveaEngine": ["FoveaGraph", "CFoveaKernels"],
  "FoveaTraining": ["FoveaGraph", "FoveaEngine", "CFoveaKernels"],
  "FoveaImage": ["CFoveaCodecs", "CLittleCMS"],
  "CFoveaCodecs": ["CLibPNG", "CLibJPEG", "CZlib"],
]

struct Package: Decodable {
  struct Target: Decodable {
    var name: String
    var type: String
    var dependencies: [Dependency]
  }
  var targets: [Target]
}

/// `{"byName": ["X", null]}`, `{"product": ["X", "package", …]}` or `{"target": ["X", null]}`.
struct Dependency: Decodable {
  var name: String

  init(from decoder: any Decoder) throws {
    let kinds = try decoder.singleValueContainer().decode([String: [Part]].self)
    name = kinds.values.first?.first?.text ?? "?"
  }

  /// The first part is the name; the others may be anything.
  struct Part: Decodable {
    var text: String?
    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }
}

let package = try JSONDecoder().decode(Package.self, from: FileHandle.standardInput.readDataToEndOfFile())
let isTest = { (target: Package.Target) in target.type == "test" || target.name == "FoveaTestSupport" }
var strays: [String] = []
for target in package.targets where !isTest(target) {
  for dependency in target.dependencies where table[target.name]?.contains(dependency.name) != true {
    strays.append("\(target.name) -> \(dependency.name)")
  }
}
for stray in strays { print("not in the design: \(stray)") }
if strays.isEmpty {
  print("\(package.targets.filter { !isTest($0) }.count) modules, every dependency in the design")
}
exit(strays.isEmpty ? 0 : 1)
