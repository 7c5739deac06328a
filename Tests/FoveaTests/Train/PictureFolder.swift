import Fovea
import Foundation

/// Pictures made for a test, in a folder that is gone with it.
final class PictureFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

  /// Makes room for a file and writes it.
  func write(_ data: Data, _ name: String) throws {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  /// A small grey picture; as a mask it holds one id.
  func addPicture(_ name: String, id: UInt8 = 0, width: Int = 8, height: Int = 8) throws {
    let samples = [UInt8](repeating: id, count: width * height)
    try write(Data(PNGEncoder.bytes(samples, .grey, width: width, height: height)), name)
  }

  /// Pictures of classes that differ in colour and in the direction of their stripes.
  func addClasses(_ count: Int = 2, images: Int = 12, side: Int = 32, under parent: String = "data") throws {
    for index in 0..<count {
      for number in 0..<images {
        var image = Image(width: side, height: side, filledWith: .black)
        for y in 0..<side {
          for x in 0..<side {
            let stripe = ((index & 1 == 0 ? x : y) + number) / 4 % 2 == 0
            let level = UInt8(60 + (number * 37 + x * 5 + y * 3) % 60 + (stripe ? 90 : 0))
            image[x, y] = index < 1 ? RGB(level, 40, 40) : RGB(40, 40, level)
          }
        }
        try write(Data(PNGEncoder.bytes(image)), "\(parent)/class\(index)/\(number).png")
      }
    }
  }

  /// Pictures whose left part is red and of class 0, the rest blue and of class 1; a border has no class.
  func addPairs(images: Int = 8, side: Int = 64, under parent: String = "pairs") throws {
    for number in 0..<images {
      let edge = side / 4 + number * side / (2 * images)
      var image = Image(width: side, height: side, filledWith: RGB(40, 40, 200))
      var mask = [UInt8](repeating: 1, count: side * side)
      for y in 0..<side {
        for x in 0..<side {
          if x < edge { (image[x, y], mask[y * side + x]) = (RGB(200, UInt8(40 + y), 40), 0) }
          if y == 0 { mask[x] = 255 }
        }
      }
      try write(Data(PNGEncoder.bytes(image)), "\(parent)/images/\(number).png")
      let bytes = try PNGEncoder.bytes(mask, .grey, width: side, height: side)
      try write(Data(bytes), "\(parent)/masks/\(number).png")
    }
    let labels = """
      {"name": "halves", "classes": [{"index": 0, "label": "red", "color": [255, 0, 0]},
       {"index": 1, "label": "blue", "color": [0, 0, 255]}],
       "mask_ids": {"classes": {"0": 0, "1": 1}, "ignored": [255]}}
      """
    try write(Data(labels.utf8), "\(parent)/labels.json")
  }

  /// A request for a small network, quick to train.
  func request(
    _ output: String, data: String = "data", epochs: Int = 2, batch: Int = 4,
    changing: @escaping @Sendable (inout Recipe) -> Void = { _ in }
  ) -> TrainingRequest {
    var request = TrainingRequest(directory: path(data), output: path(output))
    request.architecture = "fovea_nano"
    request.threads = 2
    request.recipe = { (recipe) throws(FoveaError) in
      var recipe = recipe
      (recipe.epochs, recipe.batch, recipe.size) = (epochs, batch, [32, 32])
      changing(&recipe)
      return recipe
    }
    return request
  }
}
