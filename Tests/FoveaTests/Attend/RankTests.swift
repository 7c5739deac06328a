import Foundation
import Fovea
import FoveaModels
import FoveaTestSupport
import Testing

/// Ranks where features are dead, and queries meet no key: their normaliser is the epsilon, 1e-15.
@Suite struct RankTests {
  /// What numpy's SVD gives: a row a head, the heads' mean last.
  static let recorded: [[String]] =
    ((try? String(contentsOf: fixtures.appending(path: "attention/ranks.tsv"), encoding: .utf8))
    ?? "")
    .split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }

  /// A layer `gather` that puts sixteen pixels' samples side by side, as they are.
  private struct Gathering: ParameterSource {
    func values(of parameter: Parameter) -> [Float] {
      let count = parameter.shape[0]
      return (0..<count * count).map { $0 / count == $0 % count ? 1 : 0 }
    }
  }

  /// Queries, keys and values of two heads as the fixture's script makes them, in an image of 4 x 4 pixels a token, and
  /// their attention.
  private func attention(seed: UInt64, dead: Int, weak: Int, lonely: Int) throws -> BlockAttention {
    let (rows, columns, width) = (5, 8, 8)
    var numbers = Numbers(state: seed)
    var input = Fovea.FeatureMap(zeros: Shape(height: 4 * rows, width: 4 * columns, channels: 3))
    for token in 0..<rows * columns {
      for channel in 0..<48 {
        let (part, feature) = (channel / 16, channel % width)
        var value = Float(numbers.uniform() * 3 - 1)
        if part == 1, feature < dead { value = -1 }
        if part == 1, (dead..<dead + weak).contains(feature) { value *= 1e-12 }
        if part == 0, token < lonely { value = feature < dead + weak ? abs(value) + 0.5 : -1 }
        let y = 4 * (token / columns) + channel % 16 / 4
        let x = 4 * (token % columns) + channel % 4
        input.values[(y * 4 * columns + x) * 3 + channel / 16] = value
      }
    }
    let builder = GraphBuilder()
    let map = builder.root["gather"].convolution(
      builder.input(), outputs: 48, kernel: 4, stride: 4, padding: 0)
    let parts = builder.root.split(map, parts: 3)
    let attended = builder.root["attention"].linearAttention(
      query: parts[0], key: parts[1], value: parts[2], headDimension: width, featureMap: .relu,
      epsilon: 1e-15, averagesKeys: false)
    builder.name(attended, "logits")
    let example = AttentionCase(
      name: "recorded", graph: builder.graph(), parameters: Gathering(), input: input)
    return try example.attention(example.graph.attentionBlocks[0])
  }

  @Test func `ranks are numpy's where features are dead or weak and queries meet no key`() throws {
    #expect(Self.recorded.count == 24)
    for row in Self.recorded {
      let said = row.dropFirst().compactMap(Double.init)
      let block = try attention(
        seed: UInt64(said[0]), dead: Int(said[1]), weak: Int(said[2]), lonely: Int(said[3]))
      let line = block.statistics(extent: (80, 50))[Int(said[4])]
      let rank = try #require(line.rank)
      #expect(line.undefinedRows == Int(said[5]), "\(row)")
      #expect(rank.numerical.value == said[6], "\(row): \(rank)")
      #expect(abs(rank.stable.value - said[7]) <= 1e-5 * said[7], "\(row): \(rank)")
      #expect(abs((rank.effective ?? 0) - said[8]) <= 1e-5 * said[8], "\(row): \(rank)")
    }
  }

  /// The matrix of a head, or of the mean of all, from its factors' formula: window by window.
  private func dense(_ factors: AttentionFactors, head: Int?) -> [[[Double]]] {
    let heads = head.map { $0..<$0 + 1 } ?? 0..<factors.heads
    func vector(_ values: [Float], _ place: Int) -> [Double] {
      values[place * factors.features..<(place + 1) * factors.features].map(Double.init)
    }
    return (0..<factors.windows).map { window in
      (0..<factors.windowQueries).map { query in
        var row = [Double](repeating: 0, count: factors.windowKeys)
        for head in heads {
          let place = head * factors.queryCount + window * factors.windowQueries + query
          let own = vector(factors.queries, place)
          for key in row.indices {
            let other = vector(
              factors.keys, head * factors.keyCount + window * factors.windowKeys + key)
            let product = zip(own, other).reduce(0) { $0 + $1.0 * $1.1 }
            row[key] += product / Double(factors.normaliser[place]) / Double(heads.count)
          }
        }
        return row
      }
    }
  }

  /// Compares the heads whose rank is had from the factors, and returns how many there were; none of large blocks,
  /// whose dense matrices take long.
  private func compare(_ block: BlockAttention, _ name: String) -> Int {
    guard block.queryCount <= 200 else { return 0 }
    var count = 0
    for line in block.statistics(.without, extent: (100, 100), threads: 1) {
      guard let rank = line.rank, rank.method == .factors else { continue }
      count += 1
      let values = dense(block.factors, head: line.head).flatMap(singularValues)
      let expected = DenseRank(values, extent: max(block.queryCount, block.keyCount))
      let place = "\(name) \(block.path) head \(line.head ?? -1)"
      #expect(
        expected.numerical.contains(Int(rank.numerical.value)), "\(place): \(rank) \(expected)")
      #expect(
        abs(rank.stable.value - expected.stable) <= 1e-5 * expected.stable,
        "\(place): \(rank) \(expected)")
      let effective = rank.effective ?? 0
      #expect(
        abs(effective - expected.effective) <= 1e-4 * expected.effective,
        "\(place): \(rank) \(expected)")
    }
    return count
  }

  /// A part of a photo, at a place that the numbers draw.
  private func crop(_ name: String, _ width: Int, _ height: Int, _ numbers: inout Numbers) throws
    -> Image
  {
    let photo = try DecodedImage(
      .file(repositoryRoot.appending(path: "datasets/samples/\(name)").path)
    ).image
    let left = Int(numbers.uniform() * Double(photo.width - width))
    let top = Int(numbers.uniform() * Double(photo.height - height))
    var pixels: [UInt8] = []
    for row in top..<top + height {
      let start = (row * photo.width + left) * 3
      pixels += photo.pixels[start..<start + width * 3]
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  @Test(arguments: ["fovea_small_tiny_imagenet", "fovea_small_camvid", "fovea_nano_camvid"])
  func `ranks of a model that comes with Fovea are those of the dense matrix, at crops of photos`(
    name: String
  ) throws {
    var numbers = Numbers(state: 11)
    var images = ImageOptions()
    images.fit = .native
    let probe = try AttentionProbe(.folder(repositoryRoot.appending(path: "models/\(name)").path))
    var count = 0
    for photo in ["chelsea.png", "coffee.png", "rocket.jpg"] {
      for _ in 0..<2 {
        let crop = try crop(photo, 96, 64, &numbers)
        for block in try probe.attention(in: crop, images: images).blocks {
          count += compare(block, name)
        }
      }
    }
    #expect(count > 20)
  }

  @Test func `ranks of the goldens' models are those of the dense matrix, at crops of photos`()
    throws
  {
    var numbers = Numbers(state: 12)
    var count = 0
    for (name, height, width) in AttentionKinds.goldens {
      for photo in ["china.jpg", "flower.jpg"] {
        let crop = try crop(photo, width, height, &numbers)
        let values = crop.pixels.map { (value: UInt8) -> Float in (Float(value) / 255 - 0.45) / 0.22 }
        let golden = try AttentionCase.golden(name, height: height, width: width)
        let example = AttentionCase(
          name: name, graph: golden.graph, parameters: golden.parameters,
          input: Fovea.FeatureMap(shape: golden.input.shape, values: values))
        for block in example.graph.attentionBlocks {
          count += compare(try example.attention(block), name)
        }
      }
    }
    #expect(count > 20)
  }
}
