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
  ]

  @Test(arguments: published)
  func aVariantHasThePublishedParametersAndMultiplyAdds(_ published: PublishedCost) throws {
    let configuration = try Registry.configuration(named: published.name)
    let graph = try configuration.architecture().graph()
    let shapes = try graph.shapes(
      height: configuration.preprocessing.height, width: configuration.preprocessing.width)
    let multiplyAdds = graph.multiplyAdds(shapes: shapes).reduce(0, +)
    #expect(thousandths(graph.trainedParameterCount, of: 1_000_000) == published.parameters)
    #expect(thousandths(multiplyAdds, of: 1_000_000_000) == published.multiplyAdds)
  }

  private func thousandths(_ count: Int, of unit: Int) -> Double {
    (Double(count) * 1000 / Double(unit)).rounded() / 1000
  }
}
