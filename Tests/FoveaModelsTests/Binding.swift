import Foundation
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Testing

@Suite struct Binding {
  private let config = fixtures.appending(path: "goldens/efficientvit_b_tiny_dims/config.json")
  private let checkpoint = fixtures.appending(path: "goldens/efficientvit_b_tiny_dims/checkpoint.pth")

  @Test func everyTensorThatDoesNotFitIsListedAtOnce() throws {
    var json = try JSONValue(parsing: Data(contentsOf: config))
    json["architecture"]?["depths"] = [1, 1, 2, 2, 1]
    json["num_classes"] = 12
    json["architecture"]?["num_classes"] = 12
    let configuration = try ModelConfiguration(json: json)
    let weights = try Checkpoint.open(path: checkpoint.path)
    let error = #expect(throws: ModelError.self) { try Model(configuration, weights: weights) }
    guard case .tensors(let mismatch)? = error else { return }
    #expect(mismatch.missing.count == 17)
    #expect(mismatch.missing.allSatisfy { $0.path.hasPrefix("backbone.stages.2.op_list.2.") })
    #expect(mismatch.unexpected.count == 17)
    #expect(mismatch.unexpected.allSatisfy { $0.path.hasPrefix("backbone.stages.3.op_list.2.") })
    #expect(
      mismatch.description.hasSuffix(
        """
          misshapen head.op_list.3.linear.weight: expected [12, 80], found [10, 80]
          misshapen head.op_list.3.linear.bias: expected [12], found [10]
        """))
  }

  @Test func aFolderWithoutItsFilesIsToldWhichOneLacks() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-binding-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: ModelError.missingFile("config.json")) { try Model(folder: folder.path) }
    let config: JSONValue = ["architecture": "efficientvit_b0"]
    try config.text
      .write(to: folder.appending(path: "config.json"))
    #expect(throws: ModelError.missingFile("model.safetensors")) { try Model(folder: folder.path) }
  }

  @Test func randomWeightsFollowFromTheSeedAndKeepTheirScale() throws {
    let parameter = Parameter(path: "layer.conv.weight", shape: [64, 32, 3, 3])
    let values = RandomParameters(seed: 1).values(of: parameter)
    #expect(values == RandomParameters(seed: 1).values(of: parameter))
    #expect(values != RandomParameters(seed: 2).values(of: parameter))
    let variance = values.map { Double($0) * Double($0) }.reduce(0, +) / Double(values.count)
    // the variance of n normal numbers scatters by √(2/n) of itself: five times that
    #expect(abs(variance * 288 / 2 - 1) < 5 * (2 / Double(values.count)).squareRoot())
    let variances = RandomParameters().values(of: Parameter(path: "norm.running_var", shape: [256]))
    #expect(variances.allSatisfy { $0 >= 0.5 && $0 <= 1.5 })
  }
}
