import FoveaGraph

func shape(_ height: Int, _ width: Int, _ channels: Int, images: Int = 2) -> Shape {
  Shape(batch: images, height: height, width: width, channels: channels)
}

/// Every operation behind a linear layer, so that the gradient of its input shows in the layer's.
let operationCases = [
  GradientCase("linear", shape(3, 5, 3)) { $0["b"].linear($0["a"].linear($1, outputs: 8), outputs: 5) },
  GradientCase("grouped pointwise", shape(3, 5, 3)) {
    $0["b"].convolution($0["a"].linear($1, outputs: 8), outputs: 12, groups: 4, bias: true)
  },
  GradientCase("3×3", shape(6, 7, 3)) {
    $0["b"].convolution($0["a"].linear($1, outputs: 4), outputs: 6, kernel: 3, bias: true)
  },
  GradientCase("3×3, stride 2, grouped", shape(7, 6, 3)) {
    $0["b"].convolution($0["a"].linear($1, outputs: 4), outputs: 6, kernel: 3, stride: 2, groups: 2)
  },
  GradientCase("5×5, stride 3", shape(9, 11, 3)) {
    $0["b"].convolution($0["a"].linear($1, outputs: 4), outputs: 3, kernel: 5, stride: 3)
  },
  GradientCase("patches", shape(8, 12, 3)) {
    $0["b"].convolution($0["a"].linear($1, outputs: 4), outputs: 6, kernel: 4, stride: 4, padding: 0)
  },
  GradientCase("depthwise", shape(6, 7, 3)) {
    $0["b"].convolution($0["a"].linear($1, outputs: 20), outputs: 20, kernel: 3, groups: 20, bias: true)
  },
  GradientCase("depthwise 5×5, stride 2", shape(9, 8, 3)) {
    $0["b"].convolution($0["a"].linear($1, outputs: 6), outputs: 6, kernel: 5, stride: 2, groups: 6)
  },
  GradientCase("shared depthwise", shape(5, 6, 3)) {
    $0["b"].sharedDepthwise($0["a"].linear($1, outputs: 12), kernel: 3, repeats: 3)
  },
  GradientCase("transposed convolution", shape(3, 4, 3)) {
    $0["b"].transposedConvolution($0["a"].linear($1, outputs: 5), outputs: 4, kernel: 2)
  },
  GradientCase("layer norm", shape(3, 5, 3)) {
    $0["b"].layerNorm($0["a"].linear($1, outputs: 12), epsilon: 0.1)
  },
  GradientCase("gelu, silu, sigmoid, elu + 1", shape(3, 5, 3)) { scope, x in
    let names: [Activation] = [.gelu, .geluTanh, .silu, .sigmoid, .eluPlusOne]
    return names.enumerated().reduce(scope["a"].linear(x, outputs: 6)) { y, next in
      scope[next.offset].linear(scope.activation(y, next.element), outputs: 6)
    }
  },
  GradientCase("activation of an activation, read twice", shape(3, 5, 3)) { scope, x in
    let y = scope.activation(scope.activation(scope["a"].linear(x, outputs: 6), .gelu), .silu)
    return scope.add(scope["b"].linear(y, outputs: 6), y)
  },
  GradientCase("sums that share their terms", shape(3, 5, 3)) { scope, x in
    let a = scope["a"].linear(x, outputs: 6)
    let b = scope.add(a, scope["b"].convolution(a, outputs: 6, kernel: 3, groups: 6))
    let c = scope.add(b, scope["c"].linear(scope.activation(b, .gelu), outputs: 6))
    return scope.add(scope.add(c, a), c)
  },
  GradientCase("product of maps", shape(3, 5, 3)) { scope, x in
    scope.multiply(scope["a"].linear(x, outputs: 6), scope["b"].linear(x, outputs: 6))
  },
  GradientCase("gate of every channel", shape(3, 5, 3)) { scope, x in
    let y = scope["a"].linear(x, outputs: 6)
    let gate = scope.activation(scope["b"].linear(scope.globalAverage(y), outputs: 6), .sigmoid)
    return scope.multiply(y, gate)
  },
  GradientCase("position table and class token", shape(4, 4, 3)) { scope, x in
    let y = scope["a"].linear(x, outputs: 6)
    let placed = scope.add(y, scope.positionTable("table", rows: 3, columns: 5, like: y, .bicubic))
    let tokens = scope.concatenateTokens([scope.token("class", shape: [1, 1, 6]), scope.sequence(placed)])
    let mixed = scope["b"].linear(tokens, outputs: 6)
    let first = scope.tokens(mixed, from: 0, count: 1)
    return scope.add(
      scope.grid(scope.tokens(mixed, from: 1, count: nil), like: x), scope["c"].linear(first, outputs: 6))
  },
  GradientCase("position table behind a class token's, antialiased", shape(3, 6, 3)) { scope, x in
    let y = scope["a"].linear(x, outputs: 6)
    let table = scope.positionTable(
      "table", rows: 4, columns: 5, skippedTokens: 1, like: y, .bicubicAntialiased)
    return scope["b"].linear(scope.add(y, table), outputs: 6)
  },
  GradientCase("slices and concatenations of channels", shape(3, 5, 3)) { scope, x in
    let parts = scope.split(scope["a"].linear(x, outputs: 12), parts: 3)
    let overlapping = scope.channels(parts[0], from: 1, count: 2)
    return scope.concatenateChannels([parts[2], scope.activation(parts[0], .gelu), overlapping])
  },
  GradientCase("space to depth", shape(5, 6, 3)) { $0.spaceToDepth($0["a"].linear($1, outputs: 4)) },
  GradientCase("pixel shuffle", shape(3, 5, 3)) {
    $0["b"].linear($0.pixelShuffle($0["a"].linear($1, outputs: 12), factor: 2), outputs: 4)
  },
  GradientCase("pixel shuffle of an activation, asked for", shape(3, 4, 3)) {
    $0.pixelShuffle($0.activation($0["a"].linear($1, outputs: 18), .gelu), factor: 3)
  },
  GradientCase("shifted windows", shape(5, 7, 3)) { scope, x in
    let window = WindowSize(height: 3, width: 4)
    let y = scope["a"].linear(x, outputs: 4)
    let windows = scope["b"].convolution(scope.partition(y, window, shift: 1), outputs: 4, kernel: 3)
    return scope.merge(windows, window, shift: 1, like: y)
  },
  GradientCase("standing and lying stripes", shape(5, 7, 3)) { scope, x in
    let halves = scope.split(scope["a"].linear(x, outputs: 8), parts: 2)
    let stripes = [WindowSize(height: nil, width: 3), WindowSize(height: 2, width: nil)]
    return scope.concatenateChannels(
      zip(halves, stripes).map { half, stripe in
        let windows = scope["b"].convolution(scope.partition(half, stripe), outputs: 4, kernel: 3)
        return scope.merge(windows, stripe, like: half)
      })
  },
  GradientCase("bilinear", shape(3, 5, 3)) {
    $0.resize($0["a"].linear($1, outputs: 4), height: 7, width: 9, .bilinear)
  },
  GradientCase("bicubic, smaller and larger", shape(8, 5, 3)) {
    $0.resize($0["a"].linear($1, outputs: 4), height: 5, width: 11, .bicubic)
  },
  GradientCase("antialiased bicubic, smaller and larger", shape(11, 5, 3)) {
    $0.resize($0["a"].linear($1, outputs: 4), height: 4, width: 9, .bicubicAntialiased)
  },
  GradientCase("nearest", shape(3, 5, 3)) {
    $0.resize($0["a"].linear($1, outputs: 4), height: 6, width: 7, .nearest)
  },
  GradientCase("rotary encoding", shape(3, 5, 3)) { $0.rotary($0["a"].linear($1, outputs: 8)) },
  GradientCase("linear attention", shape(3, 5, 3)) { scope, x in
    let parts = scope.split(scope["a"].linear(x, outputs: 24), parts: 3)
    return scope.linearAttention(
      query: parts[0], key: parts[1], value: parts[2], headDimension: 4, featureMap: .eluPlusOne,
      epsilon: 0.1,
      averagesKeys: true, depthwise: scope["b"].sharedDepthwise(parts[2], kernel: 3, repeats: 2))
  },
  GradientCase("linear attention with turned features", shape(3, 5, 3)) { scope, x in
    let parts = scope.split(scope["a"].linear(x, outputs: 24), parts: 3)
    let (q, k) = (scope.activation(parts[0], .eluPlusOne), scope.activation(parts[1], .eluPlusOne))
    return scope.linearAttention(
      query: scope.rotary(q), key: scope.rotary(k), value: parts[2], normaliserQuery: q, normaliserKey: k,
      headDimension: 4, featureMap: .identity, epsilon: 0.1, averagesKeys: true)
  },
  GradientCase("random features", shape(3, 5, 3)) { scope, x in
    let parts = scope.split(scope["a"].linear(x, outputs: 24), parts: 3)
    return scope.linearAttention(
      query: parts[0], key: parts[1], value: parts[2], headDimension: 4,
      featureMap: .positiveRandom(scope.parameter("features", [6, 4])), epsilon: 1e-6, averagesKeys: false)
  },
  GradientCase("softmax attention", shape(5, 16, 3)) { scope, x in
    let parts = scope.split(scope["a"].linear(x, outputs: 24), parts: 3)
    return scope.softmaxAttention(query: parts[0], key: parts[1], value: parts[2], heads: 2, scale: 0.5)
  },
  GradientCase("softmax attention in windows with a bias", shape(5, 7, 3)) { scope, x in
    let window = WindowSize(height: 3, width: 3)
    let y = scope["a"].linear(x, outputs: 24)
    let parts = scope.split(scope.partition(y, window, shift: 1), parts: 3)
    let attended = scope.softmaxAttention(
      query: parts[0], key: parts[1], value: parts[2], heads: 2, scale: 0.5,
      bias: .init(table: scope.parameter("table", [25, 2]), window: 3),
      grid: .windows(of: y, window, shift: 1))
    return scope.merge(attended, window, shift: 1, like: y)
  },
  GradientCase("product with tokens", shape(3, 5, 3)) { scope, x in
    let tokens = scope["b"].linear(scope.sequence(x), outputs: 4)
    let four = scope.tokens(tokens, from: 2, count: 4)
    return scope.tokenProduct(scope["a"].linear(x, outputs: 4), tokens: four, count: 4)
  },
]
