import Foundation
import FoveaGraph
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Testing

@Suite struct Recognition {
  private func tensors(of configuration: ModelConfiguration) throws -> [Parameter] {
    let architecture = try configuration.architecture()
    let keys = architecture.keys
    return architecture.graph().parameters
      + architecture.furtherGraphs.values.flatMap(\.parameters)
      + keys.further + keys.buffers + keys.unused
  }

  /// Names and shapes as timm's `state_dict` has them.
  private func recorded(_ name: String) throws -> [Parameter] {
    let file = fixtures.appending(path: "names/\(name).json")
    let shapes = try JSONDecoder().decode([String: [Int]].self, from: Data(contentsOf: file))
    return shapes.map { Parameter(path: $0.key, shape: $0.value) }
  }

  @Test func everyVariantIsToldFromTheOthersByItsTensors() throws {
    for name in Registry.names {
      let configuration = try Registry.configuration(named: name)
      let recognition = try Registry.recognise(tensors(of: configuration))
      #expect(recognition.configuration.name == name)
      #expect(recognition.configuration == configuration)
      #expect(recognition.publisher == nil)
    }
  }

  @Test func anotherNumberOfClassesIsTakenFromTheHead() throws {
    let tensors = try tensors(of: Registry.configuration(named: "mila_tiny")).map { tensor in
      Parameter(
        path: tensor.path, shape: tensor.shape.first == 1000 ? [7] + tensor.shape.dropFirst() : tensor.shape)
    }
    let configuration = try Registry.recognise(tensors).configuration
    #expect(configuration.name == "mila_tiny")
    #expect(configuration.classCount == 7)
    #expect(configuration.labelSet == nil)
  }

  @Test func aTensorTooManyOrTooFewIsNoKnownModel() throws {
    let all = try tensors(of: Registry.configuration(named: "mila_tiny"))
    let changed = [all + [Parameter(path: "layers.0.extra", shape: [3])], Array(all.dropFirst())]
    for tensors in changed {
      let error = #expect(throws: ModelError.self) { try Registry.recognise(tensors) }
      #expect(error?.description.contains("nearest is mila_tiny") == true)
    }
  }

  @Test(arguments: [
    ("timm_efficientvit_b0", "efficientvit_b0"), ("timm_efficientvit_l1", "efficientvit_l1"),
  ])
  func timmsCheckpointsHaveTheirOwnEpsilonsAndRounding(_ file: String, _ name: String) throws {
    let recognition = try Registry.recognise(recorded(file))
    #expect(recognition.publisher == "timm")
    #expect(recognition.configuration.name == name)
    #expect(recognition.configuration.numbers["attention_eps"] == 1e-5)
    #expect(recognition.configuration.numbers["head_norm_eps"] == (name.contains("_l") ? 1e-5 : nil))
    #expect(recognition.configuration.preprocessing.rounding == .floor)
  }

  @Test func timmsDeiTIsRecognised() throws {
    #expect(try Registry.recognise(recorded("timm_deit_tiny")).configuration.name == "deit_tiny")
  }

  @Test func tensorsOfNoVariantAreToldTheNearest() throws {
    let file = fixtures.appending(path: "goldens/mila_tiny_dims/checkpoint.pth").path
    let error = #expect(throws: ModelError.self) { try Registry.recognise(Checkpoint.open(path: file)) }
    #expect(error?.description.hasPrefix("no known model has these ") == true)
    #expect(error?.description.contains("nearest is mila_tiny") == true)
  }
}
