import FoveaEngine
import FoveaGraph
import Testing

@Suite struct EngineConvolutionTests {
  static let sizes = [map(1, 1, 5), map(1, 13, 5), map(11, 1, 5), map(13, 17, 5, images: 3)]

  /// Every kernel, stride and padding at every size that it fits.
  static let dense: [EngineCase] = {
    var cases: [EngineCase] = []
    for size in sizes {
      for (kernel, paddings) in [(1, [0]), (3, [0, 1]), (5, [0, 2]), (7, [0, 3])] {
        for padding in paddings where min(size.height, size.width) + 2 * padding >= kernel {
          for stride in [1, 2, 4] {
            let name = "\(kernel)×\(kernel), stride \(stride), padding \(padding) on \(size)"
            cases.append(
              EngineCase(name, size) {
                $0.convolution(
                  $1[0], outputs: 7, kernel: kernel, stride: stride, padding: padding, bias: stride == 2)
              })
          }
        }
      }
    }
    return cases
  }()

  @Test("A convolution of any kernel, stride and padding is the reference's", arguments: dense)
  func convolution(_ example: EngineCase) throws { try example.check() }

  static let grouped: [EngineCase] = [
    EngineCase("grouped pointwise", map(7, 11, 12, images: 3)) {
      $0.convolution($1[0], outputs: 18, groups: 3, bias: true)
    },
    EngineCase("as many groups as inputs, more outputs", map(7, 11, 6)) {
      $0.convolution($1[0], outputs: 12, kernel: 3, groups: 6)
    },
    EngineCase("grouped 3×3", map(13, 7, 12)) { $0.convolution($1[0], outputs: 8, kernel: 3, groups: 4) },
    EngineCase("grouped 5×5, strided", map(13, 7, 12, images: 3)) {
      $0.convolution($1[0], outputs: 40, kernel: 5, stride: 2, groups: 2, bias: true)
    },
    EngineCase("wide outputs", map(5, 7, 33)) { $0.convolution($1[0], outputs: 67, kernel: 3) },
    EngineCase("linear", map(1, 37, 19, images: 3)) { $0.linear($1[0], outputs: 53) },
    EngineCase("linear of one pixel, panels split among threads", map(1, 1, 40)) {
      $0.linear($1[0], outputs: 1000)
    },
    EngineCase("linear of some pixels, panels split among threads", map(3, 7, 40, images: 3)) {
      $0.linear($1[0], outputs: 333)
    },
    EngineCase("shared depthwise", map(9, 14, 12, images: 3)) {
      $0.sharedDepthwise($1[0], kernel: 5, repeats: 3)
    },
    EngineCase("shared depthwise with its norm folded", map(9, 14, 12)) {
      $0["norm"].batchNorm($0.sharedDepthwise($1[0], kernel: 3, repeats: 4), epsilon: 1e-5)
    },
    EngineCase("transposed", map(5, 7, 9, images: 3)) {
      $0.transposedConvolution($1[0], outputs: 6, kernel: 2)
    },
    EngineCase("transposed by 3 of one pixel", map(1, 1, 9)) {
      $0.transposedConvolution($1[0], outputs: 17, kernel: 3)
    },
    EngineCase("1×1 with padding", map(5, 7, 4)) {
      $0.convolution($1[0], outputs: 6, padding: 1, bias: true)
    },
    EngineCase("depthwise 1×1 with padding", map(5, 7, 4)) {
      $0.convolution($1[0], outputs: 4, padding: 1, groups: 4, bias: true)
    },
    EngineCase("padding wider than the kernel", map(5, 7, 4)) {
      $0.convolution($0["a"].convolution($1[0], outputs: 4), outputs: 6, kernel: 2, padding: 4, bias: true)
    },
    EngineCase("padding wider than a depthwise kernel", map(70, 7, 4)) {
      $0.convolution($0["a"].convolution($1[0], outputs: 6), outputs: 6, kernel: 3, padding: 5, groups: 6)
    },
    EngineCase("of a slice of channels", map(9, 7, 20)) {
      $0.convolution($0.channels($1[0], from: 3, count: 11), outputs: 6, kernel: 3)
    },
    EngineCase("depthwise of a slice of channels", map(9, 7, 20)) {
      $0.convolution($0.channels($1[0], from: 3, count: 11), outputs: 11, kernel: 3, groups: 11)
    },
    EngineCase("linear of a slice of channels", map(9, 7, 20)) {
      $0.linear($0.channels($1[0], from: 3, count: 11), outputs: 6)
    },
    EngineCase("a weight with two norms", map(9, 7, 20)) { scope, x in
      let maps = ["a", "b"].map { norm in
        scope[norm].batchNorm(scope["shared"].convolution(x[0], outputs: 6, kernel: 3), epsilon: 1e-5)
      }
      return scope.multiply(maps[0], maps[1])
    },
    EngineCase("token product", map(9, 7, 10, images: 3), map(1, 21, 10, images: 3)) {
      $0.tokenProduct($1[0], tokens: $1[1], count: 21)
    },
  ]

  static let depthwise: [EngineCase] = [
    map(1, 1, 19), map(1, 9, 19), map(13, 2, 19), map(14, 11, 19, images: 3),
  ]
  .flatMap { size in
    [3, 5, 7].flatMap { kernel in
      [1, 2].map { stride in
        EngineCase("depthwise \(kernel)×\(kernel), stride \(stride) on \(size)", size) {
          $0.convolution($1[0], outputs: 19, kernel: kernel, stride: stride, groups: 19, bias: stride == 1)
        }
      }
    }
  }

  @Test("Groups, depths, shared and transposed kernels are the reference's", arguments: grouped + depthwise)
  func groups(_ example: EngineCase) throws { try example.check() }

  @Test("A norm divides by the root of the variance and epsilon, folded and alone: by hand")
  func epsilon() throws {
    let values: [String: Float] = [
      "a.weight": 2, "norm.weight": 0.5, "norm.bias": 4, "norm.running_mean": 1, "norm.running_var": 3e-5,
    ]
    let builder = GraphBuilder()
    let product = builder.root["a"].convolution(builder.input(channels: 1), outputs: 1)
    let output = builder.root["norm"].batchNorm(product, epsilon: 1e-5)
    let input = FeatureMap(shape: map(1, 1, 1), values: [3])
    // (2 · 3 − 1) / √(3e-5 + 1e-5) · 0.5 + 4
    let expected = Float(5 / (4e-5).squareRoot() * 0.5 + 4)
    for fuses in [true, false] {
      let engine = try Engine(
        graph: builder.graph(), parameters: NamedParameters(values: values),
        options: EngineOptions(fusesOperations: fuses))
      let answer = try engine.run([input], outputs: [output])[0].values[0]
      #expect(abs(answer - expected) < 1e-5 * expected)
    }
  }
}

/// Parameters of one number each.
private struct NamedParameters: ParameterSource {
  let values: [String: Float]

  func values(of parameter: Parameter) -> [Float] {
    [Float](repeating: values[parameter.path] ?? 0, count: parameter.count)
  }
}
