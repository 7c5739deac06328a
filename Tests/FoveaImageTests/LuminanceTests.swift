import FoveaImage
import FoveaTestSupport
import Testing

@Suite struct LuminanceTests {
  @Test func `grey is Pillow's L for every red, green and a blue of each`() {
    var image = Image(width: 256, height: 256, filledWith: .black)
    for y in 0..<256 {
      for x in 0..<256 { image[x, y] = RGB(UInt8(x), UInt8(y), UInt8((x * 7 + y * 13) % 256)) }
    }
    // Pillow 13: image.convert("L").convert("RGB").tobytes()
    #expect(
      SHA256.hexadecimal(image.greyscale.pixels)
        == "cd8d1594f93368a23e964ffd55f8ebabfe61011c2adf3a3610c92fe05e773628")
  }

  @Test func `a file decoded in grey is Pillow's, and its rows become one channel`() throws {
    let path = repositoryRoot.appending(path: "datasets/samples/coffee.png").path
    var options = DecodingOptions()
    options.greyscale = true
    let image = try DecodedImage(.file(path), options: options).image
    #expect(
      SHA256.hexadecimal(image.pixels) == "bf94d48d8e91b410fc395c1fad202b572062fc1f4ede56ef95d9a0a9ed834a4e")
    var rule = Preprocessing(width: image.width, height: image.height)
    (rule.mean, rule.standardDeviation, rule.fit) = ([0.5], [0.25], .native)
    let values = [Float](unsafeUninitializedCapacity: image.width * image.height) { buffer, count in
      rule.normalize(
        image, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(image.width * image.height)]))
      count = image.width * image.height
    }
    for (index, value) in values.enumerated() where index.isMultiple(of: 997) {
      let expected = (Float(image.pixels[3 * index]) / 255 - 0.5) / 0.25
      #expect(value == expected)
    }
  }

  @Test func `four channels are R, G, B and an alpha of one`() {
    let image = Image(width: 2, height: 1, pixels: [0, 51, 255, 102, 204, 153])
    var rule = Preprocessing(width: 2, height: 1)
    (rule.mean, rule.standardDeviation) = ([0, 0, 0, 0.5], [1, 1, 1, 0.5])
    let values = [Float](unsafeUninitializedCapacity: 8) { buffer, count in
      rule.normalize(image, into: UnsafeMutableBufferPointer(rebasing: buffer[..<8]))
      count = 8
    }
    #expect(values == [0, 0.2, 1, 1, 0.4, 0.8, 0.6, 1])
  }

  @Test func `a crop's odd half goes down where it is asked to, else to even`() {
    for (photo, even, down) in [(225, 0, 0), (227, 2, 1), (229, 2, 2), (231, 4, 3), (226, 1, 1)] {
      var rule = Preprocessing(width: 224, height: 224)
      rule.fit = .crop
      rule.resize = photo
      #expect(rule.geometry(photoWidth: photo, photoHeight: photo).offsetX == even)
      rule.cropsDown = true
      #expect(rule.geometry(photoWidth: photo, photoHeight: photo).offsetX == down)
    }
  }
}
