import CFoveaCodecs
import FoveaImage
import Foundation
import Testing

/// Failures made on purpose: every allocation, read and write that can fail does, and is answered.
/// The counters belong to a thread; each test arms and disarms within one call that does not wait.
@Suite struct FaultTests {
  /// Runs `body` with the k-th operation failing, for k from 1 until none fails any more, and hands each
  /// outcome to `check`. Returns how many failures there were.
  private func failEach<Outcome>(
    _ kind: fovea_fault, _ body: () -> Outcome, check: (UInt64, Outcome) -> Void
  ) -> Int {
    for k in UInt64(1)...100_000 {
      fovea_fault_arm(kind, k)
      let outcome = body()
      let fired = fovea_fault_fired(kind)
      fovea_fault_arm(kind, 0)
      if !fired { return Int(k) - 1 }
      check(k, outcome)
    }
    return 100_000
  }

  private static let files = [
    "pngsuite/basn0g01.png", "pngsuite/basn2c16.png", "pngsuite/basn3p04.png", "pngsuite/basi6a16.png",
    "pngsuite/tbbn3p08.png", "pngsuite/tp1n3p08.png", "png_ok/pillow/icc_profile.png",
    "png_ok/pillow/hopper.png", "png_bad/derived/idat_too_much_data_100MB_for_1x1.png",
    "png_ok/pillow/1_trns.png", "jpeg_ok/pillow/hopper.jpg", "jpeg_ok/pillow/hopper_gray.jpg",
    "jpeg_ok/pillow/pil_sample_cmyk.jpg", "jpeg_ok/pillow/icc_profile_big.jpg",
    "jpeg_ok/wuffs/peacock.progressive.jpeg", "jpeg_ok/wuffs/peacock.default.jpeg",
    "jpeg_ok/libjpeg_turbo/testimgari.jpg", "jpeg_ok/libjpeg_turbo/testimgint.jpg",
    "jpeg_ok/wuffs/peacock.s1x3.jpeg", "exif_orientation/pillow/hopper_orientation_6.jpg",
  ]

  @Test(arguments: files)
  func `whichever allocation fails, the file is refused for want of memory, or decoded all the same`(
    path: String
  ) throws {
    let whole = try DecodedImage(corpus(path)).image
    let count = failEach(FOVEA_FAULT_ALLOCATION) {
      Result { () throws(ImageError) in try DecodedImage(corpus(path)).image }
    } check: { k, outcome in
      switch outcome {
      case .success(let image): #expect(image == whole, "\(path), allocation \(k)")
      case .failure(let error): #expect(error == .outOfMemory, "\(path), allocation \(k): \(error)")
      }
    }
    #expect(count >= 5)
  }

  @Test(arguments: files)
  func `whichever read fails, the file is refused for it`(path: String) {
    let count = failEach(FOVEA_FAULT_READ) {
      imageError { () throws(ImageError) in _ = try DecodedImage(corpus(path)) }
    } check: { k, error in
      guard case .readFailed? = error else {
        Issue.record("\(path), read \(k): \(String(describing: error))")
        return
      }
    }
    #expect(count >= 1)
  }

  @Test func `whichever write fails, the old file stays and nothing else is left`() throws {
    let photo = noise(300, 200)
    try withFolder { folder in
      let path = folder.appending(path: "photo.png").path
      try AtomicFile.write([1, 2, 3], to: path)
      let count = failEach(FOVEA_FAULT_WRITE) {
        Result { () throws(EncodingError) in try PNGEncoder.write(photo, to: path, level: 0) }
      } check: { k, outcome in
        guard case .failure(.writeFailed) = outcome else {
          Issue.record("write \(k): \(outcome)")
          return
        }
        #expect(FileManager.default.contents(atPath: path) == Data([1, 2, 3]), "write \(k)")
      }
      #expect(count >= 4)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["photo.png"])
      #expect(try DecodedImage(.file(path)).image == photo)
    }
  }

  @Test func `whichever allocation of the encoder fails, it says so`() {
    let photo = noise(30, 20)
    let count = failEach(FOVEA_FAULT_ALLOCATION) {
      Result { () throws(EncodingError) in try PNGEncoder.bytes(photo) }
    } check: { k, outcome in
      guard case .failure(.outOfMemory) = outcome else {
        Issue.record("allocation \(k): \(outcome)")
        return
      }
    }
    #expect(count >= 5)
  }
}
