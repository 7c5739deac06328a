import Fovea
import FoveaModels
import Testing

@Suite("Augmentation")
struct AugmentationTests {
  @Test("a mask's part is that of its picture, scaled, mirrored and padded alike")
  func masks() {
    // Four flat quarters, whose color tells the class.
    let (width, height) = (60, 48)
    // None is a mixture of the others.
    let colors = [RGB(200, 0, 0), RGB(0, 200, 0), RGB(0, 0, 200), RGB(200, 200, 200)]
    var image = Image(width: width, height: height, filledWith: .black)
    var mask = [UInt16](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width {
        let id = (x < 25 ? 0 : 1) + (y < 30 ? 0 : 2)
        mask[y * width + x] = UInt16(id)
        image[x, y] = colors[id]
      }
    }
    for seed in 0..<40 {
      var numbers = RandomNumbers(seed: UInt64(seed))
      let fill = RGB(0, 255, 255)
      let crop = CropDraw(
        ofScale: 0.4...2.5, photo: image, width: 40, height: 32, mirrors: true, fill: fill, &numbers)
      let part = crop.image(image)
      var ids = [Int32](repeating: 9, count: 40 * 32)
      ids.withUnsafeMutableBufferPointer { crop.ids(mask, into: $0) }
      // Only pixels that a filter mixes from two quarters may differ.
      let wrong = (0..<40 * 32).count { place in
        let color = part[place % 40, place / 40]
        let expected = color == fill ? -1 : colors.firstIndex(of: color).map { Int32($0) }
        return expected != nil && expected != ids[place]
      }
      #expect(wrong == 0, "seed \(seed)")
      let borders = (0..<40 * 32).count { part[$0 % 40, $0 / 40] == fill }
      #expect(ids.count { $0 < 0 } == borders)
    }
  }

  @Test("a random part stays within its limits of area and proportions")
  func parts() {
    let photo = Image(width: 200, height: 150, filledWith: .white)
    var (smallest, mirrored) = (2.0, 0)
    for seed in 0..<400 {
      var numbers = RandomNumbers(seed: UInt64(seed))
      let crop = CropDraw(
        ofArea: 0.2...1, ratio: 0.75...1.3333, photo: photo, width: 64, height: 64, mirrors: true, &numbers)
      let part = crop.geometry
      let size = (
        64.0 * 200 / Double(part.resizedWidth), 64.0 * 150 / Double(part.resizedHeight)
      )
      let area = size.0 * size.1 / (200 * 150)
      #expect(area > 0.19 && area < 1.01 && (0.73...1.37).contains(size.0 / size.1))
      #expect(crop.image(photo) == Image(width: 64, height: 64, filledWith: .white))
      smallest = min(smallest, area)
      if crop.isMirrored { mirrored += 1 }
    }
    #expect(smallest < 0.25 && (150...250).contains(mirrored))
  }

  @Test("mixed targets weigh as the pixels that each picture gives")
  func mixing() throws {
    for seed in 0..<20 {
      for (blend, exchange) in [(0.4, 0.0), (0.0, 1.0)] {
        var numbers = RandomNumbers(seed: UInt64(seed))
        let mixing = try #require(
          Mixing(blend: blend, exchange: exchange, height: 16, width: 20, &numbers))
        // Picture r is full of r: what is mixed can be read off.
        var images = (0..<4).flatMap { [Float](repeating: Float($0), count: 16 * 20 * 3) }
        images.withUnsafeMutableBufferPointer { mixing.apply(to: $0, batch: 4, height: 16, width: 20) }
        var ids: [Int32] = [0, 1, 2, 3]
        var targets = [Float](repeating: 9, count: 4 * 4)
        ids.withUnsafeMutableBufferPointer { ids in
          targets.withUnsafeMutableBufferPointer { mixing.targets(of: ids, into: $0) }
        }
        for row in 0..<4 {
          let mean = images[row * 960..<(row + 1) * 960].reduce(0, +) / 960
          let told = (0..<4).reduce(Float(0)) { $0 + targets[row * 4 + $1] * Float($1) }
          #expect(abs(mean - told) < 1e-4)
          #expect(abs(targets[row * 4..<row * 4 + 4].reduce(0, +) - 1) < 1e-6)
        }
      }
    }
  }

  @Test("exchanged masks say of every pixel which picture it came from")
  func exchangedMasks() throws {
    for seed in 0..<20 {
      var numbers = RandomNumbers(seed: UInt64(seed))
      let mixing = try #require(Mixing(blend: 0, exchange: 1, height: 16, width: 20, &numbers))
      // the odd picture of five meets itself
      var images = (0..<5).flatMap { [Float](repeating: Float($0), count: 16 * 20 * 3) }
      var ids = (0..<5).flatMap { [Int32](repeating: Int32($0), count: 16 * 20) }
      images.withUnsafeMutableBufferPointer { mixing.apply(to: $0, batch: 5, height: 16, width: 20) }
      ids.withUnsafeMutableBufferPointer { mixing.apply(to: $0, batch: 5, width: 20) }
      #expect(ids == stride(from: 0, to: images.count, by: 3).map { Int32(images[$0]) })
    }
  }

  @Test("operations for pictures with masks leave every pixel in its place")
  func inPlace() {
    // Neighbours alike but for one column: an edge that moves would be seen.
    var image = Image(width: 24, height: 18, filledWith: RGB(40, 60, 80))
    for y in 0..<18 { for x in 9..<24 { image[x, y] = RGB(180, 150, 120) } }
    for seed in 0..<60 {
      var numbers = RandomNumbers(seed: UInt64(seed))
      var changed = image
      RandomOperations(of: RandomOperations.Kind.inPlace, count: 2, magnitude: 10, &numbers)
        .apply(to: &changed, fill: RGB(0, 255, 0))
      for y in 0..<18 {
        for x in 0..<24 { #expect(changed[x, y] == changed[x < 9 ? 0 : 23, 0], "seed \(seed)") }
      }
    }
  }

  @Test("contrast is stretched and histograms are made even as Pillow does")
  func histograms() {
    var image = Image(width: 40, height: 32, filledWith: .black)
    for y in 0..<32 {
      for x in 0..<40 {
        image[x, y] = RGB(
          UInt8((x * 7 + y * 3) % 90 + 40), UInt8(x * y % 120 + 100), UInt8((x * x + y * y) % 200))
      }
    }
    let places = [(0, 0), (5, 3), (17, 9), (39, 31), (22, 30), (8, 25)]
    // ImageOps.autocontrast and ImageOps.equalize of Pillow 11
    let expected: [(RandomOperations.Kind, [RGB])] = [
      (
        .autocontrast,
        [
          RGB(0, 0, 0), RGB(126, 32, 44), RGB(160, 70, 220), RGB(17, 19, 106), RGB(183, 128, 238),
          RGB(117, 171, 115),
        ]
      ),
      (
        .equalize,
        [
          RGB(0, 0, 0), RGB(157, 49, 61), RGB(199, 95, 255), RGB(22, 36, 137), RGB(228, 146, 255),
          RGB(146, 188, 148),
        ]
      ),
    ]
    for (kind, colors) in expected {
      var (changed, numbers) = (image, RandomNumbers(seed: 1))
      RandomOperations(of: [kind], count: 1, magnitude: 5, &numbers).apply(to: &changed, fill: .black)
      for ((x, y), color) in zip(places, colors) {
        let found = changed[x, y]
        for (a, b) in [(found.red, color.red), (found.green, color.green), (found.blue, color.blue)] {
          // Pillow cuts where the contrast is stretched, and rounds here
          #expect(abs(Int(a) - Int(b)) <= (kind == .autocontrast ? 1 : 0), "\(kind) at \(x), \(y)")
        }
      }
    }
  }

  @Test("an epoch takes every sample once, in another order than the one before")
  func order() {
    let order = SampleOrder(samples: 30, batch: 6, seed: 3)
    #expect(order.stepsPerEpoch == 5)
    let epochs = (0..<3).map { epoch in (0..<5).flatMap { order.samples(of: epoch * 5 + $0) } }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<30)) }
    #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2])
    #expect(order.samples(of: 1) == Array(epochs[0][6..<12]))
    #expect(SampleOrder(samples: 3, batch: 8, seed: 0).samples(of: 0).count == 8)
  }
}
