import FoveaEngine
import FoveaGraph
import FoveaModels
import Testing

/// Every family against its authors' own code.
let goldenNames = [
  "efficientvit_b_tiny_dims", "efficientvit_l_tiny_dims", "efficientvit_seg_b_tiny_dims",
  "efficientvit_seg_l_tiny_dims", "timm_efficientvit_b_tiny", "timm_efficientvit_l_tiny",
  "fovea_nano_camvid", "fovea_small_camvid", "fovea_small_tiny_imagenet", "flatten_pvt_tiny_dims",
  "flatten_pvt_v2_tiny_dims", "flatten_swin_tiny_dims", "flatten_swin_masked_tiny_dims",
  "flatten_cswin_tiny_dims", "flatten_cswin_striped_tiny_dims", "mila_tiny_dims", "timm_deit_tiny_dims",
  "timm_deit_tiny_dims_resized",
]

@Suite struct GoldenParity {
  @Test(arguments: goldenNames)
  func theReferenceGivesTheAuthorsStagesAndLogits(_ name: String) throws {
    let golden = try Golden(name)
    let executor = ReferenceExecutor(graph: golden.model.graph, parameters: golden.model.parameters)
    try golden.expectParity("the reference") { try executor.run($0, outputs: $1) }
  }

}

extension Golden {
  /// An engine for the golden's model.
  func engine(_ options: EngineOptions) throws -> Engine {
    try Engine(graph: model.graph, parameters: model.parameters, options: options)
  }

  /// Every stage and the logits are near the recorded ones.
  func expectParity(
    _ what: String, at precision: Precision = .float32, run: ([FeatureMap], [Value]) throws -> [FeatureMap]
  ) throws {
    let outputs = try outputs()
    let maps = try run([input()], outputs.map(\.value))
    for (output, map) in zip(outputs, maps) {
      let deviation = Deviation(map, from: output.recorded)
      #expect(deviation.isWithinParity(at: precision), "\(what): \(output.name) \(map.shape) \(deviation)")
    }
  }
}
