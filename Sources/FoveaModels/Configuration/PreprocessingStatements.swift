/// What the keys of a config, and of a preprocessor_config.json beside it, say about how photos are prepared.
struct PreprocessingStatements {
  typealias Settings = PreprocessingConfiguration

  /// H and W.
  var size: [Stated<[Int]>] = []
  /// C of the picture: 1, 3 or 4.
  var channels: [Stated<Int>] = []
  var interpolation: [Stated<Settings.Interpolation>] = []
  var cropFraction: [Stated<Double>] = []
  var cropMode: [Stated<Settings.CropMode>] = []
  var mean: [Stated<[Double]>] = []
  var deviation: [Stated<[Double]>] = []
  /// Where the crop begins, which only Hugging Face's processors have otherwise.
  var cropOffset: Settings.CropOffset?

  /// True where nothing is stated.
  var isEmpty: Bool {
    size.isEmpty && interpolation.isEmpty && cropFraction.isEmpty && cropMode.isEmpty && mean.isEmpty
      && deviation.isEmpty
  }

  /// timm's keys, in `pretrained_cfg`, or in the config itself as its old form has them.
  init(_ sources: ConfigurationSources) throws(ModelError) {
    try read(sources.pretrained, "pretrained_cfg.")
    try read(sources.root, "")
    for stated in sources.argument("in_chans") { try readChannels(stated) }
  }

  /// Reads the keys of timm's `pretrained_cfg` from an object.
  mutating func read(_ object: JSONValue, _ prefix: String) throws(ModelError) {
    func stated(_ key: String) -> Stated<JSONValue>? {
      guard let value = object[key], value != .null else { return nil }
      return Stated(key: prefix + key, value: value)
    }
    if let input = stated("input_size") {
      let sizes = try JSONKey(input.key).integers(input.value, count: 3, in: 1...65536)
      try readChannels(Stated(key: input.key, value: .integer(sizes[0])))
      size.append(Stated(key: input.key, value: Array(sizes[1...])))
    }
    for key in ["in_chans", "num_channels"] {
      if let count = stated(key) { try readChannels(count) }
    }
    if let image = stated("image_size") {
      size.append(Stated(key: image.key, value: try Self.sides(image)))
    }
    if let name = stated("interpolation") {
      interpolation.append(Stated(key: name.key, value: try JSONKey(name.key).choice(name.value)))
    }
    if let mode = stated("crop_mode") {
      cropMode.append(Stated(key: mode.key, value: try JSONKey(mode.key).choice(mode.value)))
    }
    if let part = stated("crop_pct") {
      cropFraction.append(
        Stated(key: part.key, value: try JSONKey(part.key).number(part.value, in: 0.01...1)))
    }
    if let mean = stated("mean") { self.mean.append(try Self.numbers(mean, in: -1000...1000)) }
    if let deviation = stated("std") { self.deviation.append(try Self.numbers(deviation, in: 1e-6...1000)) }
  }

  private mutating func readChannels(_ stated: Stated<JSONValue>) throws(ModelError) {
    let count = try JSONKey(stated.key).integer(stated.value, in: 1...65536)
    guard [1, 3, 4].contains(count) else {
      throw .outOfRange(key: stated.key, value: "\(count) channels", limit: "1, 3 or 4 channels")
    }
    channels.append(Stated(key: stated.key, value: count))
  }

  /// One side of a square, or H and W.
  static func sides(_ stated: Stated<JSONValue>) throws(ModelError) -> [Int] {
    let key = JSONKey(stated.key)
    if case .array = stated.value { return try key.integers(stated.value, count: 2, in: 1...65536) }
    let side = try key.integer(stated.value, in: 1...65536)
    return [side, side]
  }

  /// A number for all channels, or one for each of them.
  static func numbers(
    _ stated: Stated<JSONValue>, in limit: ClosedRange<Double>
  ) throws(ModelError) -> Stated<[Double]> {
    let key = JSONKey(stated.key)
    guard let elements = stated.value.array else {
      return Stated(key: stated.key, value: [try key.number(stated.value, in: limit)])
    }
    guard [1, 3, 4].contains(elements.count) else {
      throw .wrongType(key: stated.key, expected: "an array of 3 numbers")
    }
    return Stated(
      key: stated.key, value: try key.numbers(stated.value, count: elements.count, in: limit))
  }
}

extension PreprocessingStatements {
  /// The settings that all statements make together; what none says is taken from `standard`.
  ///
  /// Throws where two of them disagree, with both keys.
  func settings(over standard: Settings) throws(ModelError) -> Settings {
    var settings = standard
    if let count = try channels.agreed() { settings.channels = count.value }
    if let sides = try size.agreed(by: ==, told: { "\($0[0]) x \($0[1])" }) {
      (settings.height, settings.width) = (sides.value[0], sides.value[1])
    }
    if let filter = try interpolation.agreed(by: ==, told: { $0.rawValue }) {
      settings.interpolation = filter.value
    }
    if let mode = try cropMode.agreed(by: ==, told: { $0.rawValue }) { settings.cropMode = mode.value }
    // two fractions are one where they resize to the same side
    func side(_ fraction: Double) -> Double { (Double(settings.height) / fraction).rounded(.down) }
    if let part = try cropFraction.agreed(by: { side($0) == side($1) }, told: { "\($0)" }) {
      settings.cropFraction = part.value
    }
    if let offset = cropOffset { settings.cropOffset = offset }
    let spread = { (numbers: [Double]) in Self.spread(numbers, over: settings.channels) }
    settings.mean = try Self.agreed(mean, spread) ?? spread(standard.mean.map(Double.init))
    settings.standardDeviation =
      try Self.agreed(deviation, spread) ?? spread(standard.standardDeviation.map(Double.init))
    return settings
  }

  private static func agreed(
    _ stated: [Stated<[Double]>], _ spread: ([Double]) -> [Float]
  ) throws(ModelError) -> [Float]? {
    let values = stated.map { Stated(key: $0.key, value: spread($0.value)) }
    func isNear(_ a: [Float], _ b: [Float]) -> Bool {
      zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0)) }
    }
    return try values.agreed(by: isNear) { "\($0)" }?.value
  }

  /// Numbers for so many channels: as timm has it, one counts for all, and three that are not of these channels
  /// give their mean.
  static func spread(_ numbers: [Double], over channels: Int) -> [Float] {
    if numbers.count == channels { return numbers.map(Float.init) }
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    return [Float](repeating: Float(mean), count: channels)
  }
}
