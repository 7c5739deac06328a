/// Hugging Face's preprocessor_config.json: the image processors whose steps are those of timm's keys.
///
/// | Processor | Its steps |
/// |---|---|
/// | ViT, Swin, PVT, SigLIP | both sides resized to `size` |
/// | DeiT, BEiT | both sides resized to `size`, the centre of `crop_size` |
/// | Bit, CLIP, DINOv2 | the shorter side resized to `size`, the centre of `crop_size` |
/// | ConvNeXT | below 384 the shorter side resized to `size / crop_pct`, the centre; else both sides |
///
/// What any of them is told to do otherwise is an error that names the key.
struct ImageProcessor {
  /// Where messages say that its keys are.
  static let file = "preprocessor_config.json"

  private let json: JSONValue
  private let kind: Kind

  /// How a picture is brought to its size.
  private enum Kind {
    case squash, shortest, convNeXT
  }

  private static let kinds: [String: Kind] = [
    "ViT": .squash, "DeiT": .squash, "Beit": .squash, "BEiT": .squash, "Swin": .squash, "Pvt": .squash,
    "Siglip": .squash, "Segformer": .squash, "Bit": .shortest, "CLIP": .shortest, "MobileNetV2": .shortest,
    "ConvNext": .convNeXT,
  ]

  private init(_ json: JSONValue) throws(ModelError) {
    self.json = json
    let key = ["image_processor_type", "feature_extractor_type"].first { json[$0]?.string != nil }
    guard let key, let type = json[key]?.string else {
      let isShortest = json["size"]?["shortest_edge"] != nil
      kind = json["crop_pct"]?.number != nil ? .convNeXT : isShortest ? .shortest : .squash
      return
    }
    var name = type
    for ending in ["Fast", "Pil", "ImageProcessor", "FeatureExtractor"] where name.hasSuffix(ending) {
      name.removeLast(ending.count)
    }
    guard let kind = Self.kinds[name] else {
      throw .outOfRange(
        key: Self.path(key), value: "\"\(type)\"",
        limit: "one of \(Self.kinds.keys.sorted().joined(separator: ", ")), with ImageProcessor behind it")
    }
    self.kind = kind
  }

  private static func path(_ key: String) -> String { "\(file).\(key)" }
  private func key(_ key: String) -> JSONKey { JSONKey(Self.path(key)) }
  private func value(_ key: String) -> JSONValue? { json[key].flatMap { $0 == .null ? nil : $0 } }

  /// Adds what a preprocessor_config.json says to what is stated.
  static func read(_ json: JSONValue, into statements: inout PreprocessingStatements) throws(ModelError) {
    guard case .object = json else { throw .wrongType(key: file, expected: "an object") }
    // timm's wrapper keeps timm's own keys
    let wrapped = ["pretrained_cfg", "data_config"].filter { json[$0] != nil }
    guard wrapped.isEmpty else {
      for key in wrapped { try statements.read(json[key] ?? [:], path("\(key).")) }
      return
    }
    try ImageProcessor(json).read(into: &statements)
  }

  private func read(into statements: inout PreprocessingStatements) throws(ModelError) {
    try checkSteps()
    try readGeometry(into: &statements)
    guard let resample = value("resample") else { throw .missingKey(Self.path("resample")) }
    // Pillow's numbers
    switch try key("resample").integer(resample, in: 0...5) {
    case 2: statements.interpolation.append(Stated(key: Self.path("resample"), value: .bilinear))
    case 3: statements.interpolation.append(Stated(key: Self.path("resample"), value: .bicubic))
    case let number:
      throw .outOfRange(key: Self.path("resample"), value: "\(number)", limit: "2 (bilinear) or 3 (bicubic)")
    }
    try readNormalization(into: &statements)
  }

  /// Steps that a processor may be told to take or to leave out, and that change what the network sees.
  private func checkSteps() throws(ModelError) {
    guard case .object(let members) = json else { return }
    let known = ["do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb"]
    for (name, value) in members.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
      let isStep = name.hasPrefix("do_") || ["rescale_offset", "include_top"].contains(name)
      guard isStep, value != .null, value != .boolean(false) else { continue }
      throw .outOfRange(key: Self.path(name), value: "\(value)", limit: "false: there is no such step here")
    }
    guard try flag("do_resize") else {
      throw .outOfRange(key: Self.path("do_resize"), value: "false", limit: "true")
    }
  }

  private func flag(_ name: String, otherwise: Bool = true) throws(ModelError) -> Bool {
    guard let value = value(name) else { return otherwise }
    guard case .boolean(let flag) = value else {
      throw .wrongType(key: Self.path(name), expected: "true or false")
    }
    return flag
  }

  // MARK: Size and crop

  private func readGeometry(into statements: inout PreprocessingStatements) throws(ModelError) {
    guard let size = value("size") else { throw .missingKey(Self.path("size")) }
    switch kind {
    case .squash:
      let resized = try sides(size, "size")
      let crop = try crop() ?? resized
      add(crop, resizedTo: resized[0], .squash, key: "size", to: &statements)
      guard crop[0] * resized[1] == crop[1] * resized[0] else {
        throw contradiction("size", resized, "crop_size", crop)
      }
    case .shortest:
      let side = try shortest(size)
      guard let crop = try crop() else {
        throw .outOfRange(
          key: Self.path("do_center_crop"), value: "false", limit: "true where size is of the shortest edge")
      }
      guard crop[0] == crop[1] else {
        throw .outOfRange(
          key: Self.path("crop_size"), value: "\(crop[0]) x \(crop[1])",
          limit: "a square where size is of the shortest edge")
      }
      add(crop, resizedTo: side, .center, key: "crop_size", to: &statements)
    case .convNeXT:
      guard try !flag("do_center_crop", otherwise: false) else {
        throw .outOfRange(
          key: Self.path("do_center_crop"), value: "true", limit: "false: crop_pct tells the crop")
      }
      let side = try shortest(size)
      guard side < 384 else {
        return add([side, side], resizedTo: side, .squash, key: "size", to: &statements)
      }
      guard let part = value("crop_pct") else { throw .missingKey(Self.path("crop_pct")) }
      let fraction = try key("crop_pct").number(part, in: 0.01...1)
      add(
        [side, side], resizedTo: Int(Double(side) / fraction), .center, key: "crop_pct", to: &statements)
    }
  }

  /// States a size before the crop as the fraction that gives it, rounded down as timm rounds.
  private func add(
    _ crop: [Int], resizedTo side: Int, _ mode: PreprocessingConfiguration.CropMode, key: String,
    to statements: inout PreprocessingStatements
  ) {
    let path = Self.path(key)
    var fraction = Double(crop[0]) / Double(side)
    if Int(Double(crop[0]) / fraction) < side { fraction = fraction.nextDown }
    statements.size.append(Stated(key: path, value: crop))
    statements.cropFraction.append(Stated(key: path, value: fraction))
    statements.cropMode.append(Stated(key: path, value: mode))
    statements.cropOffset = .down
  }

  /// H and W of the crop; nil where none is made.
  private func crop() throws(ModelError) -> [Int]? {
    let isUsual = value("crop_size") != nil && kind != .squash
    guard try flag("do_center_crop", otherwise: isUsual) else { return nil }
    guard let size = value("crop_size") else { throw .missingKey(Self.path("crop_size")) }
    return try sides(size, "crop_size")
  }

  private func sides(_ value: JSONValue, _ name: String) throws(ModelError) -> [Int] {
    guard case .object = value else {
      return try PreprocessingStatements.sides(Stated(key: Self.path(name), value: value))
    }
    guard let height = value["height"], let width = value["width"] else {
      throw .missingKey(Self.path("\(name).height and width"))
    }
    return [
      try key("\(name).height").integer(height, in: 1...65536),
      try key("\(name).width").integer(width, in: 1...65536),
    ]
  }

  /// The shorter side: `shortest_edge`, or the bare number of old files.
  private func shortest(_ size: JSONValue) throws(ModelError) -> Int {
    guard case .object = size else { return try key("size").integer(size, in: 1...65536) }
    guard let side = size["shortest_edge"] else { throw .missingKey(Self.path("size.shortest_edge")) }
    return try key("size.shortest_edge").integer(side, in: 1...65536)
  }

  private func contradiction(_ key: String, _ one: [Int], _ other: String, _ two: [Int]) -> ModelError {
    .contradiction(
      key: Self.path(key), value: "\(one[0]) x \(one[1])", other: Self.path(other),
      otherValue: "\(two[0]) x \(two[1])")
  }

  // MARK: Numbers

  /// (x · factor − mean) / std of x in 0…255, told as timm tells it, of x / 255.
  private func readNormalization(into statements: inout PreprocessingStatements) throws(ModelError) {
    var scale = 255.0
    if try flag("do_rescale") {
      // old files leave the factor out, and mean this
      scale *= try key("rescale_factor").number(value("rescale_factor") ?? .number(1 / 255), in: 1e-6...1000)
      if abs(scale - 1) < 1e-6 { scale = 1 }
    }
    var (mean, deviation) = ([0.0], [1.0])
    if try flag("do_normalize") {
      mean = try numbers("image_mean", in: -1000...1000)
      deviation = try numbers("image_std", in: 1e-6...1000)
    }
    statements.mean.append(Stated(key: Self.path("image_mean"), value: mean.map { $0 / scale }))
    statements.deviation.append(Stated(key: Self.path("image_std"), value: deviation.map { $0 / scale }))
  }

  private func numbers(_ name: String, in limit: ClosedRange<Double>) throws(ModelError) -> [Double] {
    guard let value = value(name) else { throw .missingKey(Self.path(name)) }
    return try PreprocessingStatements.numbers(Stated(key: Self.path(name), value: value), in: limit).value
  }
}
