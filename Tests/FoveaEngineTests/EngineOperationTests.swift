import FoveaEngine
import FoveaGraph
import Testing

@Suite struct EngineOperationTests {
  static let pointwiseCases: [EngineCase] =
    Activation.allCases.map { function in
      EngineCase("activation \(function.rawValue)", map(5, 7, 11, images: 3)) {
        // Inputs from −8 to 8.
        var x = $1[0]
        for _ in 0..<3 { x = $0.add(x, x) }
        return $0.append(.activation(function), [x], channels: 11)
      }
    } + [
      EngineCase("batch norm alone", map(9, 5, 13, images: 3)) { $0.batchNorm($1[0], epsilon: 1e-5) },
      EngineCase("layer norm", map(9, 5, 37, images: 3)) { $0.layerNorm($1[0], epsilon: 1e-5) },
      EngineCase("layer norm of a slice", map(9, 5, 37)) {
        $0.layerNorm($0.channels($1[0], from: 5, count: 30), epsilon: 1e-5)
      },
      EngineCase("add", map(9, 5, 13, images: 3), map(9, 5, 13, images: 3)) { $0.add($1[0], $1[1]) },
      EngineCase("a map and itself", map(9, 5, 13)) { $0.add($0.multiply($1[0], $1[0]), $1[0]) },
      EngineCase("add over the batch", map(9, 5, 13, images: 3), map(9, 5, 13)) { $0.add($1[0], $1[1]) },
      EngineCase("multiply over the batch", map(9, 5, 13, images: 3), map(9, 5, 13)) {
        $0.multiply($1[0], $1[1])
      },
      EngineCase("multiply every pixel", map(9, 5, 13, images: 3), map(1, 1, 13, images: 3)) {
        $0.multiply($1[0], $1[1])
      },
      EngineCase("add one pixel to all of all images", map(9, 5, 13, images: 3), map(1, 1, 13)) {
        $0.add($1[0], $1[1])
      },
      EngineCase("a gate from the average", map(19, 15, 13, images: 3)) {
        let gate = $0.activation($0["gate"].convolution($0.globalAverage($1[0]), outputs: 13), .sigmoid)
        return $0.multiply($0["x"].convolution($1[0], outputs: 13), gate)
      },
      EngineCase("a pixel repeated over a map that is computed later", map(33, 15, 13)) {
        let pixel = $0["pixel"].convolution($0.globalAverage($1[0]), outputs: 13)
        return $0.add($1[0], pixel)
      },
      EngineCase("a position table over the batch", map(9, 5, 12, images: 3)) {
        $0.add(
          $0["x"].convolution($1[0], outputs: 12),
          $0.positionTable("table", rows: 4, columns: 3, like: $1[0], .bicubic))
      },
      EngineCase("rotary", map(9, 5, 12, images: 3)) { $0.rotary($1[0]) },
      EngineCase("global average", map(37, 53, 11, images: 3)) { $0.globalAverage($1[0]) },
      EngineCase("global average of one pixel", map(1, 1, 11)) { $0.globalAverage($1[0]) },
    ]

  @Test("Functions, norms and combinations are the reference's", arguments: pointwiseCases)
  func pointwise(_ example: EngineCase) throws { try example.check() }

  static let rearrangedCases: [EngineCase] = [
    EngineCase("joined products", map(9, 5, 13, images: 3)) { scope, x in
      scope.concatenateChannels((0..<3).map { scope[$0].convolution(x[0], outputs: 4 + $0) })
    },
    EngineCase("the same map twice", map(9, 5, 13)) {
      let y = $0.convolution($1[0], outputs: 6)
      return $0.concatenateChannels([y, y])
    },
    EngineCase("an input and a product", map(9, 5, 13, images: 3)) {
      $0.concatenateChannels([$1[0], $0.convolution($1[0], outputs: 6)])
    },
    EngineCase("a slice and a product", map(9, 5, 13)) {
      $0.concatenateChannels([$0.channels($1[0], from: 2, count: 3), $0.convolution($1[0], outputs: 6)])
    },
    EngineCase("one map", map(9, 5, 13)) { $0.concatenateChannels([$0.convolution($1[0], outputs: 6)]) },
    EngineCase("a map that repeats over the batch", map(9, 5, 13, images: 3), map(9, 5, 4)) {
      $0.concatenateChannels([$0.convolution($1[1], outputs: 6), $0["b"].convolution($1[0], outputs: 5)])
    },
    EngineCase("a map in two wholes, both asked for", asking: map(9, 5, 13)) { scope, x in
      let y = (0..<3).map { scope[$0].convolution(x[0], outputs: 4 + $0) }
      return [
        scope.concatenateChannels([y[0], y[1]]), scope.concatenateChannels([y[1], y[2]]),
        scope.concatenateChannels([y[0], y[2]]),
      ]
    },
    EngineCase("maps each in a whole of its own, then in one", asking: map(9, 5, 13)) { scope, x in
      let y = (0..<4).map { scope[$0].convolution(x[0], outputs: 4 + $0) }
      return [
        scope.concatenateChannels([y[0], y[1]]), scope.concatenateChannels([y[2], y[3]]),
        scope.concatenateChannels([y[1], y[2]]),
      ]
    },
    EngineCase("a whole of wholes", map(9, 5, 13)) { scope, x in
      let y = (0..<3).map { scope[$0].convolution(x[0], outputs: 4 + $0) }
      return scope.concatenateChannels([scope.concatenateChannels([y[0], y[1]]), y[2]])
    },
    EngineCase("joined parts that others read too", asking: map(33, 15, 13)) { scope, x in
      let y = (0..<2).map { scope[$0].convolution(x[0], outputs: 8, kernel: 3) }
      let after = scope["after"].convolution(y[0], outputs: 5, kernel: 3)
      return [scope.concatenateChannels(y), after, y[1]]
    },
    EngineCase("joined tokens", map(1, 9, 5, images: 3), map(1, 4, 5, images: 3)) {
      $0.concatenateTokens([$1[0], $1[1]])
    },
    EngineCase("joined columns of maps", map(6, 9, 5, images: 3), map(6, 4, 5, images: 3), map(6, 1, 5)) {
      $0.concatenateTokens([$1[0], $1[1], $1[2]])
    },
    EngineCase("a class token before the pixels and cut away", map(5, 7, 6, images: 3)) {
      let all = $0.concatenateTokens([$0.token("token", shape: [1, 1, 6]), $0.sequence($1[0])])
      return $0.grid($0.tokens($0.linear(all, outputs: 8), from: 1, count: nil), like: $1[0])
    },
    EngineCase("a cut of columns", map(5, 7, 6, images: 3)) { $0.tokens($1[0], from: 2, count: 3) },
    EngineCase("an input, and a map twice", asking: map(5, 7, 6, images: 3), map(3, 3, 2)) {
      let y = $0.linear($1[0], outputs: 5)
      return [$1[1], y, $1[0], y]
    },
    EngineCase("a slice asked for", map(5, 7, 6, images: 3)) { $0.channels($1[0], from: 2, count: 3) },
    EngineCase("a slice of a slice", map(5, 7, 16, images: 3)) {
      let slice = $0.channels($0.channels($1[0], from: 2, count: 12), from: 3, count: 7)
      return $0.activation(slice, .relu)
    },
    EngineCase("a slice as a sequence", map(5, 7, 16, images: 3)) {
      $0.linear($0.sequence($0.channels($1[0], from: 2, count: 12)), outputs: 5)
    },
    EngineCase("space to depth of odd sizes", map(7, 9, 5, images: 3)) { $0.spaceToDepth($1[0]) },
    EngineCase("space to depth of a pixel", map(1, 1, 5)) { $0.spaceToDepth($1[0]) },
    EngineCase("space to depth of a product", map(67, 9, 5)) {
      $0.linear($0.spaceToDepth($0["a"].convolution($1[0], outputs: 8, kernel: 3)), outputs: 6)
    },
    EngineCase("pixel shuffle", map(7, 9, 12, images: 3)) { $0.pixelShuffle($1[0], factor: 2) },
    EngineCase("pixel shuffle of a product, with a sum", map(67, 9, 4)) {
      let y = $0.pixelShuffle($0["a"].convolution($1[0], outputs: 36, kernel: 3), factor: 3)
      return $0.add($0["b"].convolution(y, outputs: 4, kernel: 3), y)
    },
    EngineCase("windows", map(8, 12, 5, images: 3)) { $0.partition($1[0], WindowSize(height: 4, width: 4)) },
    EngineCase("padded and shifted windows there and back", map(9, 13, 5, images: 3)) {
      let window = WindowSize(height: 4, width: 5)
      let windows = $0.linear($0.partition($1[0], window, shift: 2), outputs: 6)
      return $0.merge(windows, window, shift: 2, like: $1[0])
    },
    EngineCase("stripes", map(9, 12, 5)) {
      let window = WindowSize(height: nil, width: 3)
      return $0.merge($0.partition($1[0], window), window, like: $1[0])
    },
  ]

  @Test("Joins, cuts, grids and windows are the reference's", arguments: rearrangedCases)
  func rearranged(_ example: EngineCase) throws { try example.check() }

  static let resizedCases: [EngineCase] = [Resampling.bilinear, .bicubic, .bicubicAntialiased, .nearest]
    .flatMap {
      method in
      [(20, 33), (5, 4), (31, 3), (1, 1)].flatMap { height, width in
        [
          EngineCase("\(method) to \(height)×\(width)", map(11, 9, 5, images: 3)) {
            $0.resize($1[0], height: height, width: width, method)
          },
          EngineCase("\(method) to \(height)×\(width) behind a product, with a sum", map(67, 9, 5)) {
            let y = $0["a"].convolution($1[0], outputs: 7, kernel: 3)
            let z = $0["b"].linear($0.resize(y, height: height, width: width, method), outputs: 6)
            return $0.add($0.resize(z, like: $1[0], method), $0["c"].convolution($1[0], outputs: 6))
          },
        ]
      }
    }

  @Test("Maps are resampled as by the reference", arguments: resizedCases)
  func resized(_ example: EngineCase) throws { try example.check() }
}
