import FoveaEngine
import FoveaModels
import FoveaTestSupport
import FoveaWeights
import Testing

/// Every family against its authors' own code.
let goldenNames = [
  "efficientvit_b_tiny_dims", "efficientvit_l_tiny_dims", "efficientvit_seg_b_tiny_dims",
  "efficientvit_seg_l_tiny_dims", "timm_efficientvit_b_tiny", "timm_efficientvit_l_tiny",
  "fovea_nano_camvid", "fovea_nano_cifar10", "flatten_pvt_tiny_dims", "flatten_pvt_v2_tiny_dims",
  "flatten_swin_tiny_dims", "flatten_swin_masked_tiny_dims", "flatten_cswin_tiny_dims",
  "flatten_cswin_striped_tiny_dims", "mila_tiny_dims", "timm_deit_tiny_dims",
  "timm_deit_tiny_dims_resized",
]

@Suite struct ReferenceParity {
  @Test(arguments: goldenNames)
  func theReferenceGivesTheAuthorsStagesAndLogits(_ name: String) throws {
    let golden = try Golden(name)
    let outputs = try golden.outputs()
    let executor = ReferenceExecutor(graph: golden.model.graph, parameters: golden.model.parameters)
    let maps = try executor.run([golden.input()], outputs: outputs.map(\.value))
    for (output, map) in zip(outputs, maps) {
      let deviation = Deviation(map, from: output.recorded)
      #expect(deviation.isWithinParity, "\(name) \(output.name) \(map.shape): \(deviation)")
    }
  }
}
