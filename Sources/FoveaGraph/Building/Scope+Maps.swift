// Operations without parameters.
extension Scope {
  /// A pointwise function; the identity adds nothing.
  public func activation(_ input: Value, _ activation: Activation) -> Value {
    activation == .identity ? input : append(.activation(activation), [input], channels: input.channels)
  }

  /// The sum of two maps.
  public func add(_ left: Value, _ right: Value) -> Value {
    append(.combine(Combination(kind: .add)), [left, right], channels: left.channels)
  }

  /// The product of two maps, element by element.
  public func multiply(_ left: Value, _ right: Value) -> Value {
    append(.combine(Combination(kind: .multiply)), [left, right], channels: left.channels)
  }

  /// Maps joined along the channels.
  public func concatenateChannels(_ inputs: [Value]) -> Value {
    append(
      .concatenate(Concatenation(axis: .channels)), inputs,
      channels: inputs.map(\.channels).reduce(0, +))
  }

  /// Maps joined along the tokens.
  public func concatenateTokens(_ inputs: [Value]) -> Value {
    append(.concatenate(Concatenation(axis: .width)), inputs, channels: inputs[0].channels)
  }

  /// A run of channels.
  public func channels(_ input: Value, from start: Int, count: Int) -> Value {
    append(.slice(Slice(axis: .channels, start: start, count: count)), [input], channels: count)
  }

  /// A run of tokens of a sequence; nil keeps the rest.
  public func tokens(_ input: Value, from start: Int, count: Int?) -> Value {
    append(.slice(Slice(axis: .width, start: start, count: count)), [input], channels: input.channels)
  }

  /// The map cut along its channels into equal parts.
  public func split(_ input: Value, parts: Int) -> [Value] {
    let count = input.channels / parts
    return (0..<parts).map { channels(input, from: $0 * count, count: count) }
  }

  /// All tokens in one row.
  public func sequence(_ input: Value) -> Value {
    append(.reshape(Reshape(grid: .sequence)), [input], channels: input.channels)
  }

  /// The tokens on the grid of another map.
  public func grid(_ input: Value, like reference: Value) -> Value {
    append(.reshape(Reshape(grid: .reference)), [input, reference], channels: input.channels)
  }

  /// The mean over all pixels.
  public func globalAverage(_ input: Value) -> Value {
    append(.globalAverage(GlobalAverage()), [input], channels: input.channels)
  }

  /// The map resampled to another's grid.
  public func resize(_ input: Value, like reference: Value, _ method: Resampling) -> Value {
    append(
      .resize(Resize(method: method, target: .reference)), [input, reference], channels: input.channels)
  }

  /// The map resampled to a fixed grid.
  public func resize(_ input: Value, height: Int, width: Int, _ method: Resampling) -> Value {
    append(
      .resize(Resize(method: method, target: .fixed(height: height, width: width))), [input],
      channels: input.channels)
  }

  /// Blocks of 2×2 pixels as one pixel of four times the channels.
  public func spaceToDepth(_ input: Value) -> Value {
    append(.spaceToDepth(SpaceToDepth()), [input], channels: 4 * input.channels)
  }

  /// The map's windows as a batch, cyclically shifted up and left first.
  public func partition(_ input: Value, _ window: WindowSize, shift: Int = 0) -> Value {
    append(
      .windowPartition(WindowPartition(window: window, shift: shift)), [input], channels: input.channels)
  }

  /// Windows back on the grid of a map.
  public func merge(_ windows: Value, _ window: WindowSize, shift: Int = 0, like reference: Value) -> Value {
    append(
      .windowMerge(WindowMerge(window: window, shift: shift)), [windows, reference],
      channels: windows.channels)
  }

  /// The product of every pixel with every token: (B, H, W, C), (B, 1, M, C) → (B, H, W, M).
  public func tokenProduct(_ map: Value, tokens: Value, count: Int) -> Value {
    append(.tokenProduct(TokenProduct(count: count)), [map, tokens], channels: count)
  }

  /// Rotary position encoding over all channels.
  public func rotary(_ input: Value) -> Value {
    append(.rotary(RotaryEncoding()), [input], channels: input.channels)
  }
}
