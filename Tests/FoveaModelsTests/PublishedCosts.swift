import FoveaGraph
import FoveaModels
import Testing

/// Parameters in millions and multiply-adds in thousand millions, as counted in the authors' code.
struct PublishedCost: Sendable, CustomTestStringConvertible {
  var name: String
  var parameters: Double
  var multiplyAdds: Double
  var testDescription: String { name }

  init(_ name: String, _ parameters: Double, _ multiplyAdds: Double) {
    (self.name, self.parameters, self.multiplyAdds) = (name, parameters, multiplyAdds)
  }
}

@Suite struct PublishedCosts {
  static let published = [
    PublishedCost("efficientvit_b0", 3.410, 0.100), PublishedCost("efficientvit_b1", 9.102, 0.519),
    PublishedCost("efficientvit_b2", 24.331, 1.585), PublishedCost("efficientvit_b3", 48.646, 3.954),
    PublishedCost("efficientvit_l1", 52.654, 5.258), PublishedCost("efficientvit_l2", 63.707, 6.950),
    PublishedCost("efficientvit_l3", 246.037, 27.587),
    PublishedCost("efficientvit_seg_b0_cityscapes", 0.707, 4.391),
    PublishedCost("efficientvit_seg_b1_cityscapes", 4.803, 25.105),
    PublishedCost("efficientvit_seg_b2_cityscapes", 15.324, 73.641),
    PublishedCost("efficientvit_seg_b3_cityscapes", 39.603, 179.228),
    PublishedCost("efficientvit_seg_l1_cityscapes", 40.242, 282.480),
    PublishedCost("efficientvit_seg_l2_cityscapes", 52.608, 396.123),
    PublishedCost("efficientvit_seg_b1_ade20k", 4.791, 3.090),
    PublishedCost("efficientvit_seg_b2_ade20k", 15.293, 9.083),
    PublishedCost("efficientvit_seg_b3_ade20k", 39.546, 22.174),
    PublishedCost("efficientvit_seg_l1_ade20k", 40.410, 36.339),
    PublishedCost("efficientvit_seg_l2_ade20k", 51.462, 45.175),
    PublishedCost("efficientvit_sam_l0", 34.793, 34.775),
    PublishedCost("efficientvit_sam_l1", 47.650, 48.980),
    PublishedCost("efficientvit_sam_l2", 61.329, 68.554),
    PublishedCost("efficientvit_sam_xl0", 116.958, 184.804),
    PublishedCost("efficientvit_sam_xl1", 203.346, 321.870),
    PublishedCost("flatten_pvt_tiny", 12.151, 2.037), PublishedCost("flatten_pvt_small", 21.670, 4.030),
    PublishedCost("flatten_pvt_medium", 37.242, 7.036), PublishedCost("flatten_pvt_large", 50.649, 10.380),
    PublishedCost("flatten_pvt_v2_b0", 3.595, 0.580), PublishedCost("flatten_pvt_v2_b1", 12.931, 2.219),
    PublishedCost("flatten_pvt_v2_b2", 22.548, 4.251), PublishedCost("flatten_pvt_v2_b3", 38.274, 7.284),
    PublishedCost("flatten_pvt_v2_b4", 51.837, 10.677),
    PublishedCost("flatten_swin_tiny", 29.192, 4.483), PublishedCost("flatten_swin_small", 50.510, 8.734),
    PublishedCost("flatten_swin_base", 88.972, 15.421),
    PublishedCost("flatten_swin_base_384", 91.434, 46.382),
    PublishedCost("flatten_cswin_tiny", 21.202, 4.324), PublishedCost("flatten_cswin_small", 35.452, 6.783),
    PublishedCost("flatten_cswin_base", 74.867, 14.913),
    PublishedCost("flatten_cswin_base_384", 78.369, 46.305),
    PublishedCost("mila_tiny", 24.392, 4.131), PublishedCost("mila_small", 43.015, 7.249),
    PublishedCost("mila_base", 95.984, 16.114),
    PublishedCost("deit_tiny", 5.717, 1.254), PublishedCost("deit_small", 22.051, 4.599),
    PublishedCost("deit_base", 86.568, 17.564),
  ]

  @Test(arguments: published)
  func aVariantHasThePublishedParametersAndMultiplyAdds(_ published: PublishedCost) throws {
    let configuration = try Registry.configuration(named: published.name)
    let architecture = try configuration.architecture()
    let graph = architecture.graph()
    let shapes = try graph.shapes(
      height: configuration.preprocessing.height, width: configuration.preprocessing.width)
    let multiplyAdds = graph.multiplyAdds(shapes: shapes).reduce(0, +)
    #expect(thousandths(architecture.parameterCount, of: 1_000_000) == published.parameters)
    #expect(thousandths(multiplyAdds, of: 1_000_000_000) == published.multiplyAdds)
  }

  private func thousandths(_ count: Int, of unit: Int) -> Double {
    (Double(count) * 1000 / Double(unit)).rounded() / 1000
  }
}
