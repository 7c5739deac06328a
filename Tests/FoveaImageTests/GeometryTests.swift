import FoveaImage
import Testing

@Suite struct GeometryTests {
  @Test func `a stated resize side wins over the crop's fraction`() {
    var rule = Preprocessing(width: 224, height: 224)
    rule.cropFraction = 0.95
    #expect(rule.geometry(photoWidth: 500, photoHeight: 400).resizedHeight == 235)
    rule.resize = 236
    let geometry = rule.geometry(photoWidth: 500, photoHeight: 400)
    #expect(geometry.resizedHeight == 236)
    #expect(geometry.resizedWidth == 295)
    // (295 - 224) / 2 = 35.5 and (236 - 224) / 2 = 6: halves go to the even side.
    #expect(geometry.offsetX == 36)
    #expect(geometry.offsetY == 6)
  }

  @Test func `a whole photo may be padded at right and bottom only`() {
    var rule = Preprocessing(width: 512, height: 512)
    rule.fit = .pad
    rule.anchor = .topLeft
    let geometry = rule.geometry(photoWidth: 1024, photoHeight: 600)
    #expect(geometry.content == PixelRectangle(x: 0, y: 0, width: 512, height: 300))
    #expect(geometry.showsWholePhoto)
    rule.anchor = .center
    #expect(rule.geometry(photoWidth: 1024, photoHeight: 600).content.y == 106)
  }

  @Test func `the photo at its own size is the input`() {
    var rule = Preprocessing(width: 224, height: 224)
    rule.fit = .native
    let geometry = rule.geometry(photoWidth: 641, photoHeight: 35)
    #expect(geometry.inputWidth == 641)
    #expect(geometry.inputHeight == 35)
    #expect(rule.prepare(noise(641, 35)).image == noise(641, 35))
  }

  @Test func `points of the input and of the photo go over into one another`() {
    var rule = Preprocessing(width: 100, height: 80)
    for fit in Preprocessing.Fit.allCases {
      rule.fit = fit
      let geometry = rule.geometry(photoWidth: 333, photoHeight: 777)
      for (x, y) in [(0.0, 0.0), (17.5, 60.25), (100, 80)] {
        let photo = geometry.photoPoint(inputX: x, inputY: y)
        let back = geometry.inputPoint(photoX: photo.x, photoY: photo.y)
        #expect(abs(back.x - x) < 1e-9 && abs(back.y - y) < 1e-9)
      }
    }
    rule.fit = .stretch
    let corner = rule.geometry(photoWidth: 333, photoHeight: 777).photoPoint(inputX: 100, inputY: 80)
    #expect(abs(corner.x - 333) < 1e-9 && abs(corner.y - 777) < 1e-9)
  }

  @Test func `the most extreme proportions are cropped without holding the resized photo`() {
    let rule = Preprocessing(width: 224, height: 224)
    let thin = Image(width: 1, height: 3000, filledWith: RGB(9, 8, 7))
    let (input, geometry) = rule.prepare(thin)
    #expect(geometry.resizedHeight == 672_000)
    #expect(input == Image(width: 224, height: 224, filledWith: RGB(9, 8, 7)))
  }
}
