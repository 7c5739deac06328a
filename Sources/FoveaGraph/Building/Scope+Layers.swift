extension Scope {
  /// A convolution with parameters `weight` and `bias`: (B, H, W, I) → (B, H', W', O).
  ///
  /// The padding is ⌊kernel / 2⌋ unless given.
  public func convolution(
    _ input: Value, outputs: Int, kernel: Int = 1, stride: Int = 1, padding: Int? = nil, groups: Int = 1,
    bias: Bool = false
  ) -> Value {
    let operation = Convolution(
      weight: parameter("weight", [outputs, input.channels / groups, kernel, kernel]),
      bias: bias ? parameter("bias", [outputs]) : nil,
      inputChannels: input.channels, outputChannels: outputs,
      kernel: kernel, stride: stride, padding: padding ?? kernel / 2, groups: groups)
    return append(.convolution(operation), [input], channels: outputs)
  }

  /// A depthwise convolution whose kernels, `channels / repeats` of them, every head shares.
  public func sharedDepthwise(_ input: Value, kernel: Int, repeats: Int, bias: Bool = true) -> Value {
    let stored = input.channels / repeats
    let operation = Convolution(
      weight: parameter("weight", [stored, 1, kernel, kernel]),
      bias: bias ? parameter("bias", [stored]) : nil,
      inputChannels: input.channels, outputChannels: input.channels,
      kernel: kernel, stride: 1, padding: kernel / 2, groups: input.channels, repeats: repeats)
    return append(.convolution(operation), [input], channels: input.channels)
  }

  /// A linear layer over the channels of each pixel, its weight stored as (O, I).
  public func linear(_ input: Value, outputs: Int, bias: Bool = true) -> Value {
    let operation = Convolution(
      weight: parameter("weight", [outputs, input.channels]),
      bias: bias ? parameter("bias", [outputs]) : nil,
      inputChannels: input.channels, outputChannels: outputs, kernel: 1, stride: 1, padding: 0, groups: 1)
    return append(.convolution(operation), [input], channels: outputs)
  }

  /// A transposed convolution whose kernel is its stride: (B, H, W, I) → (B, kH, kW, O), with a bias.
  public func transposedConvolution(_ input: Value, outputs: Int, kernel: Int) -> Value {
    let operation = TransposedConvolution(
      weight: parameter("weight", [input.channels, outputs, kernel, kernel]),
      bias: parameter("bias", [outputs]),
      inputChannels: input.channels, outputChannels: outputs, kernel: kernel)
    return append(.transposedConvolution(operation), [input], channels: outputs)
  }

  /// The first tokens of a parameter, stored in any shape that ends in C, as a map: (1, 1, count, C).
  public func token(_ name: String, count: Int = 1, shape: [Int]) -> Value {
    precondition(!shape.isEmpty, "a token has channels")
    let constant = Constant(table: parameter(name, shape), rows: 1, columns: count, fitting: .fixed)
    return append(.constant(constant), [], channels: shape[shape.count - 1])
  }

  /// A parameter of one token, (1, C), at every pixel of a map's grid: (1, H, W, C).
  public func spreadToken(_ name: String, over reference: Value) -> Value {
    let table = parameter(name, [1, reference.channels])
    let constant = Constant(table: table, rows: 1, columns: 1, fitting: .resized(.bilinear))
    return append(.constant(constant), [reference], channels: reference.channels)
  }

  /// A position table stored as (1, skipped + rows·columns, C), resized to the grid of a map.
  public func positionTable(
    _ name: String, rows: Int, columns: Int, skippedTokens: Int = 0, like reference: Value,
    _ method: Resampling
  ) -> Value {
    let table = parameter(name, [1, skippedTokens + rows * columns, reference.channels])
    let constant = Constant(
      table: table, rows: rows, columns: columns, fitting: .resized(method), skippedTokens: skippedTokens)
    return append(.constant(constant), [reference], channels: reference.channels)
  }

  /// Batch normalisation with stored statistics.
  public func batchNorm(_ input: Value, epsilon: Float) -> Value {
    let shape = [input.channels]
    let operation = BatchNorm(
      weight: parameter("weight", shape), bias: parameter("bias", shape),
      mean: parameter("running_mean", shape), variance: parameter("running_var", shape), epsilon: epsilon)
    return append(.batchNorm(operation), [input], channels: input.channels)
  }

  /// Layer normalisation over channels.
  public func layerNorm(_ input: Value, epsilon: Float) -> Value {
    let shape = [input.channels]
    let operation = LayerNorm(
      weight: parameter("weight", shape), bias: parameter("bias", shape), epsilon: epsilon)
    return append(.layerNorm(operation), [input], channels: input.channels)
  }
}
