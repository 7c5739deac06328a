import FoveaImage
import Foundation
import Testing

@Suite struct DrawingTests {
  @Test func `a mask's colours are blended at its labels, and labels past the palette show the photo`() {
    let photo = Image(width: 3, height: 1, filledWith: RGB(100, 200, 0))
    let laid = photo.overlaid(
      labels: [0, 1, 65535], palette: [RGB(0, 0, 0), RGB(200, 0, 255)], opacity: 0.5)
    // Half is 128 of 255.
    #expect(laid.pixels == [50, 100, 0, 150, 100, 128, 100, 200, 0])
  }

  @Test func `opacity 0 leaves the photo and opacity 1 hides it`() {
    let photo = noise(4, 4)
    let values = (0..<16).map { Float($0) / 15 }
    #expect(photo.overlaid(values: values, opacity: 0) == photo)
    let hidden = photo.overlaid(values: values, opacity: 1)
    #expect((0..<16).allSatisfy { hidden[$0 % 4, $0 / 4] == ColorMap.heat[Float($0) / 15] })
  }

  @Test func `the heat map grows lighter at every step, evenly`() {
    let light = ColorMap.heat.colors.map { color in
      [(color.red, 0.2126), (color.green, 0.7152), (color.blue, 0.0722)].reduce(0.0) { sum, channel in
        let s = Double(channel.0) / 255
        return sum + channel.1 * (s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4))
      }
    }
    // Lightness of CIE, 0...100, which the map was not made in.
    let steps = light.map { $0 > 0.008856 ? 116 * cbrt($0) - 16 : 903.3 * $0 }
    for i in 8..<256 where i % 8 == 0 {
      let growth = steps[i] - steps[i - 8]
      #expect(growth > 1 && growth < 6, "step \(i): \(growth)")
    }
    #expect(steps[255] > 90)
  }

  @Test func `values outside 0...1 get the nearer end, NaN the first`() {
    let map = ColorMap.heat
    #expect(map[-3] == map.colors[0])
    #expect(map[.nan] == map.colors[0])
    #expect(map[7] == map.colors[255])
    #expect(map[.infinity] == map.colors[255])
  }
}
