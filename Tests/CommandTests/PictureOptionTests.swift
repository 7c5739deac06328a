import Foundation
import FoveaTestSupport
import Testing

@Suite("The options that say how a picture is read")
struct PictureOptionTests {
  private func corpus(_ name: String) -> String {
    fixtures.appending(path: "corpora/\(name)").path(percentEncoded: false)
  }

  /// The SHA-256 of a picture's samples, as `explain-input --raw` gives it.
  private func digest(_ path: String) throws -> String? {
    try FoveaProcess.run(["explain-input", path, "--raw", "--json"]).objects.first?["rgb_sha256"] as? String
  }

  /// A row a file and a set of options: path, options, the SHA-256 that Pillow's and timm's pixels have.
  static let explained: [[String]] =
    ((try? String(contentsOf: fixtures.appending(path: "images/explain.tsv"), encoding: .utf8)) ?? "")
    .split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }

  @Test(
    "explain-input writes the pixels that Pillow and timm make, for every fit and option",
    arguments: explained)
  func pixels(_ row: [String]) throws {
    let scratch = try Scratch()
    let options = row[1].split(separator: " ").map(String.init)
    let model = try scratch.model(ofSide: 64)
    let outcome = try FoveaProcess.run(
      ["explain-input", corpus(row[0]), "-m", model, "-o", scratch.path("seen.png"), "--json"] + options)
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(try digest(scratch.path("seen.png")) == row[2], "\(outcome.output)")
  }

  @Test(
    "every limit has its flag, its own words and its status",
    arguments: [
      ("--max-pixels", "239999", "600 x 400 is over the limit of 239999 pixels", 75),
      ("--max-side", "599", "600 x 400 is over the limit of 599 pixels a side", 75),
      ("--max-file-size", "1000", "is over the limit of 1000 bytes", 75),
      ("--max-scans", "9", "more than 9 scans", 75),
      ("--max-decoder-memory", "5000", "decoding needs more memory than the limit of 5000 bytes", 75),
      ("--max-warnings", "67", "more than 67 warnings, the first: Corrupt JPEG data", 65),
    ])
  func limit(_ flag: String, _ value: String, _ words: String, _ status: Int) throws {
    let path =
      switch flag {
      case "--max-scans": corpus("jpeg_ok/wuffs/peacock.progressive.jpeg")
      case "--max-decoder-memory": corpus("pngsuite/basi2c16.png")
      case "--max-warnings": corpus("jpeg_bad/pillow/hopper_bad_exif.jpg")
      default: sample("coffee.png")
      }
    for verb in [["classify", path], ["explain-input", path], ["explain-input", path, "--raw"]] {
      let outcome = try FoveaProcess.run(verb + [flag, value])
      #expect(outcome.status == Int32(status), "\(verb) \(outcome.messages)")
      let lines = outcome.messages.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].hasPrefix("fovea: \(path): "), "\(lines)")
      #expect(lines.first?.contains(words) == true && lines.last?.contains(flag) == true, "\(lines)")
      #expect(try FoveaProcess.run(verb).status == 0)
    }
  }

  @Test("--allow-truncated keeps the good rows of a cut file, and says how many")
  func truncated() throws {
    let scratch = try Scratch()
    let photo = try Data(contentsOf: samples.appending(path: "coffee.png"))
    try scratch.file("cut.png", photo.prefix(photo.count / 2))
    let path = scratch.path("cut.png")
    #expect(try FoveaProcess.run(["classify", path]).status == 65)
    let outcome = try FoveaProcess.run(
      ["explain-input", path, "--allow-truncated", "--fit", "native", "-o", scratch.path("seen.png")])
    #expect(outcome.status == 0)
    let words = outcome.messages.split(separator: " ").compactMap { Int($0) }
    #expect(outcome.messages.contains("of 400 rows are good"), "\(outcome.messages)")
    #expect(words.first.map { (100..<300).contains($0) } == true, "\(outcome.messages)")
    #expect(scratch.exists("seen.png"))
  }

  @Test("--raw takes --allow-truncated, and JSON counts the good rows")
  func truncatedDigest() throws {
    let scratch = try Scratch()
    let photo = try Data(contentsOf: samples.appending(path: "coffee.png"))
    try scratch.file("lacking.png", photo.dropLast(4))
    try scratch.file("cut.png", photo.prefix(photo.count / 2))
    for verb in [["explain-input", "--raw"], ["explain-input"]] {
      let refused = try FoveaProcess.run(verb + [scratch.path("lacking.png")])
      #expect(refused.status == 65 && refused.messages.contains("file is truncated"), "\(refused.messages)")
      let allowed = verb + ["--allow-truncated", "--json"]
      let lacking = try #require(FoveaProcess.run(allowed + [scratch.path("lacking.png")]).objects.first)
      #expect(lacking["good_rows"] as? Int == 400)
      #expect(lacking["warnings"] as? [String] == ["file is truncated: 400 of 400 rows are good"])
      let cut = try #require(FoveaProcess.run(allowed + [scratch.path("cut.png")]).objects.first)
      #expect((cut["good_rows"] as? Int).map { (100..<300).contains($0) } == true)
    }
    let digests = try ["coffee.png", "lacking.png"].map { name in
      let path = name == "coffee.png" ? sample(name) : scratch.path(name)
      return try FoveaProcess.run(["explain-input", path, "--raw", "--json", "--allow-truncated"]).objects
        .first?[
          "rgb_sha256"] as? String
    }
    #expect(digests[0] != nil && digests[0] == digests[1])
    try scratch.file("first.png", photo.prefix(60))
    let none = try FoveaProcess.run(["classify", scratch.path("first.png"), "--allow-truncated"])
    #expect(none.status == 65 && none.messages.contains("before its first whole row"))
    #expect(!none.messages.contains("--allow-truncated"), "\(none.messages)")
  }

  @Test("--keep-16-bit takes 16 bits to the network as float, by every verb that runs one")
  func keptBits() throws {
    let scratch = try Scratch()
    let path = corpus("pngsuite/basn2c16.png")
    let told = try FoveaProcess.run(["explain-input", path, "--keep-16-bit", "--json"])
    let steps = try #require(told.objects.first?["steps"] as? [String])
    #expect(steps.contains("16 bits kept, as float by 257"))
    for name in ["kept", "rounded"] {
      let flag = name == "kept" ? ["--keep-16-bit"] : []
      for arguments in [
        ["features", path, "-o", scratch.path("\(name).safetensors")],
        ["segment", path, "-o", scratch.path("\(name).png")],
        ["segment", path, "-o", scratch.path("\(name)-whole.png"), "--overlay", scratch.path("overlay.png")],
        ["attend", path, "-o", scratch.path(name), "--query", "3,4"],
      ] {
        let outcome = try FoveaProcess.run(arguments + flag)
        #expect(outcome.status == 0, "\(outcome.messages)")
      }
      // Row by row, and with the whole picture in memory.
      #expect(try scratch.bytes("\(name).png") == scratch.bytes("\(name)-whole.png"))
    }
    for file in ["kept.safetensors", "kept/attention.safetensors"] {
      let other = file.replacingOccurrences(of: "kept", with: "rounded")
      #expect(try scratch.bytes(file) != scratch.bytes(other), "\(file)")
    }
    let both = try FoveaProcess.run(["classify", path, "--keep-16-bit", "--pil-parity"])
    #expect(both.status == 64 && both.messages.contains("either --keep-16-bit or --pil-parity"))
  }
}

extension Scratch {
  /// The classifier with inputs of another size.
  fileprivate func model(ofSide side: Int) throws -> String {
    let model = repositoryRoot.appending(path: "models/fovea_small_tiny_imagenet")
    try copy(model.appending(path: "model.safetensors"), as: "model/model.safetensors")
    let text = try Data(contentsOf: model.appending(path: "config.json"))
    var config = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
    var preprocessing = try #require(config["pretrained_cfg"] as? [String: Any])
    preprocessing["input_size"] = [3, side, side]
    config["pretrained_cfg"] = preprocessing
    try file("model/config.json", JSONSerialization.data(withJSONObject: config))
    return path("model")
  }
}
