import FoveaGraph
import FoveaModels
import FoveaWeights
import Testing

@Suite struct TensorShapes {
  @Test func aTensorOfAsManyElementsInAnotherShapeDoesNotFit() throws {
    let builder = GraphBuilder()
    builder.name(builder.root["a"].linear(builder.input(), outputs: 2, bias: false), "logits")
    func bind(_ shape: String) throws -> BoundParameters {
      let text = #"{"a.weight":{"dtype":"F32","shape":\#(shape),"data_offsets":[0,24]}}"#
      let bytes =
        [UInt8(text.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8) + [UInt8](repeating: 0, count: 24)
      return try BoundParameters(
        Checkpoint.safetensors(WeightBytes(copying: bytes)), to: [builder.graph()])
    }
    _ = try bind("[2,3]")
    for shape in ["[3,2]", "[6]", "[2,3,1]"] {
      let error = #expect(throws: ModelError.self) { try bind(shape) }
      guard case .tensors(let mismatch)? = error else { return }
      #expect(mismatch.misshapen.map(\.path) == ["a.weight"])
    }
  }

  @Test func aCropIsNoLargerThanThePicture() throws {
    func configuration(_ part: JSONValue) throws -> ModelConfiguration {
      try ModelConfiguration(json: ["architecture": "efficientvit_b0", "pretrained_cfg": ["crop_pct": part]])
    }
    #expect(try configuration(1).preprocessing.cropFraction == 1)
    for part: JSONValue in [1.01, 2, 0] {
      let error = #expect(throws: ModelError.self) { try configuration(part) }
      #expect(error?.description.contains("crop_pct") == true)
    }
  }
}
