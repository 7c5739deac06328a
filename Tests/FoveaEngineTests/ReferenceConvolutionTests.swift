import FoveaGraph
import Testing

@Suite struct ReferenceConvolutionTests {
  static let cases: [OperationCase] = [
    OperationCase(name: "convolution, strided") {
      $0.convolution($1[0], outputs: 6, kernel: 3, stride: 2, bias: true)
    },
    OperationCase(name: "convolution, overlapping patches") {
      $0.convolution($1[0], outputs: 4, kernel: 7, stride: 4, bias: true)
    },
    OperationCase(name: "convolution, patches without padding") {
      $0.convolution($1[0], outputs: 4, kernel: 4, stride: 4, padding: 0, bias: true)
    },
    OperationCase(name: "convolution, grouped pointwise") {
      $0.convolution($1[0], outputs: 18, groups: 3)
    },
    OperationCase(name: "convolution, depthwise") {
      $0.convolution($1[0], outputs: 5, kernel: 5, groups: 5, bias: true)
    },
    OperationCase(name: "convolution, depthwise and strided") {
      $0.convolution($1[0], outputs: 4, kernel: 3, stride: 2, groups: 4)
    },
    OperationCase(name: "linear") { $0.linear($1[0], outputs: 9) },
    OperationCase(name: "depthwise kernels shared by heads") {
      $0.sharedDepthwise($1[0], kernel: 3, repeats: 3)
    },
    OperationCase(name: "transposed convolution") {
      $0.transposedConvolution($1[0], outputs: 3, kernel: 2)
    },
    OperationCase(name: "token product") { $0.tokenProduct($1[0], tokens: $1[1], count: 3) },
  ]

  @Test("Convolutions and linear layers give PyTorch's values", arguments: cases)
  func convolution(operation: OperationCase) throws { try operation.check() }
}
