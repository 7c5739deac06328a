import FoveaImage
import Testing

/// The answer to each kind of bad file, one row a kind.
@Suite struct RefusalTests {
  static let rows: [(path: String, status: Int32, message: String)] = [
    ("png_bad/derived/empty.png", 65, "file is empty"),
    ("jpeg_bad/derived/empty.jpg", 65, "file is empty"),
    ("jpeg_bad/derived/soi_only.jpg", 69, "not a PNG or JPEG"),
    ("png_bad/derived/one_byte.png", 69, "not a PNG or JPEG"),
    ("pngsuite/xs1n0g01.png", 69, "not a PNG or JPEG"),
    ("pngsuite/xs2n0g01.png", 69, "not a PNG or JPEG"),
    ("pngsuite/xs4n0g01.png", 69, "not a PNG or JPEG"),
    ("pngsuite/xs7n0g01.png", 69, "not a PNG or JPEG"),
    ("pngsuite/xcrn0g04.png", 69, "not a PNG or JPEG"),
    ("pngsuite/xlfn0g04.png", 69, "not a PNG or JPEG"),
    ("pngsuite/xc1n0g08.png", 65, "invalid header"),
    ("pngsuite/xc9n2c08.png", 65, "invalid header"),
    ("pngsuite/xd0n2c08.png", 65, "invalid header"),
    ("pngsuite/xd3n2c08.png", 65, "invalid header"),
    ("pngsuite/xd9n2c08.png", 65, "invalid header"),
    ("png_bad/derived/dims_width_zero.png", 65, "invalid header: width is 0"),
    ("png_bad/derived/dims_height_zero.png", 65, "invalid header: height is 0"),
    ("png_bad/derived/dims_1000001x1.png", 65, "invalid header"),
    ("png_bad/derived/dims_1x2147483647.png", 65, "invalid header"),
    ("png_bad/derived/ihdr_only_2147483647x2147483647.png", 65, "invalid header"),
    ("pngsuite/xhdn0g08.png", 65, "checksum error in IHDR"),
    ("pngsuite/xcsn0g01.png", 65, "checksum error in IDAT"),
    ("png_bad/libpng_crashers/badcrc.png", 65, "checksum error in IDAT"),
    ("png_bad/libpng_crashers/badadler.png", 65, "damaged image: IDAT: incorrect data check"),
    ("pngsuite/xdtn0g01.png", 65, "image data missing"),
    ("png_ok/pillow/syntax_num_frames_zero.png", 65, "image data missing"),
    ("png_bad/derived/idat_short_one_row_missing.png", 65, "image data too short"),
    ("png_bad/derived/filter_type_5.png", 65, "bad filter"),
    ("png_bad/pillow/truncated_image.png", 65, "file is truncated"),
    ("png_bad/pillow/truncated_end_chunk.png", 65, "file is truncated"),
    ("png_bad/derived/sig_only.png", 65, "file is truncated"),
    ("png_bad/libpng_crashers/huge_IDAT.png", 65, "chunk larger than file"),
    ("png_bad/libpng_crashers/huge_iCCP_chunk.png", 65, "chunk larger than file"),
    ("png_bad/libpng_crashers/huge_zTXt_chunk.png", 65, "chunk larger than file"),
    ("png_bad/libpng_crashers/huge_juNK_unsafe_to_copy.png", 65, "chunk larger than file"),
    (
      "png_bad/derived/bomb_gray1_30000x30000_900MP.png", 75,
      "30000 x 30000 is over the limit of 100 megapixels"
    ),
    ("jpeg_bad/fuzzdb/lottapixel.jpg", 75, "64250 x 64250 is over the limit of 100 megapixels"),
    ("jpeg_bad/derived/dims_65500x65500.jpg", 75, "65500 x 65500 is over the limit of 100 megapixels"),
    ("jpeg_bad/derived/dims_65535x65535.jpg", 75, "65535 x 65535 is over the limit of 100 megapixels"),
    ("jpeg_bad/derived/scan_bomb_4096x4096_400scans.jpg", 75, "more than 100 scans"),
    ("jpeg_bad/derived/scan_bomb_4096x4096_3000scans.jpg", 75, "more than 100 scans"),
    ("jpeg_bad/pillow/truncated_jpeg.jpg", 65, "JPEG ends early"),
    ("jpeg_bad/wuffs/peacock.default.truncated.jpeg", 65, "JPEG ends early"),
    ("jpeg_bad/wuffs/peacock.progressive.truncated.jpeg", 65, "JPEG ends early"),
    ("jpeg_bad/derived/soi_eoi.jpg", 65, "file contains no image"),
    ("jpeg_ok/libjpeg_turbo/monkey12.jpg", 69, "12-bit JPEG is not supported"),
    (
      "jpeg_bad/jpeg_decoder_crash/invalid-prediction-shift.jpg", 69, "lossless JPEG is not supported"
    ),
    ("jpeg_bad/jpeg_decoder_crash/null_height.jpg", 69, "height given by DNL is not supported"),
    ("jpeg_bad/jpeg_decoder_crash/invalid-dimensions.jpg", 69, "height given by DNL is not supported"),
    ("no/such/file.png", 66, "No such file or directory"),
    ("pngsuite", 66, "Is a directory"),
  ]

  @Test(arguments: rows)
  func `a bad file gets its own answer`(path: String, status: Int32, message: String) throws {
    let error = try #require(imageError { () throws(ImageError) in _ = try DecodedImage(corpus(path)) })
    #expect(error.exitStatus == status)
    #expect(error.description.hasPrefix(message), "\(error)")
    #expect(!error.hint.isEmpty)
  }

  #if ColorManagement
    private static let linearGamma: String? = nil
  #else
    private static let linearGamma: String? = "gAMA of 1.0 ignored"
  #endif

  static let accepted: [(path: String, warning: String?)] = [
    ("png_bad/derived/really_a_jpeg.png", nil),
    ("jpeg_bad/derived/really_a_png.jpg", linearGamma),
    ("png_bad/derived/ztxt_bomb_64MB.png", nil),
    ("png_bad/derived/text_chunks_3000.png", nil),
    ("png_bad/pillow/png_decompression_dos.png", nil),
    ("png_bad/derived/iccp_bomb_64MB.png", "iCCP: profile"),
    ("png_bad/derived/idat_too_much_data_100MB_for_1x1.png", "image data goes on after the last row"),
    ("jpeg_bad/pillow/hopper_bad_exif.jpg", "68 warnings, the first: Corrupt JPEG data"),
    ("jpeg_bad/pillow/junk_jpeg_header.jpg", "Corrupt JPEG data"),
    ("jpeg_bad/pillow/truncated_app14.jpg", "Corrupt JPEG data"),
    ("jpeg_bad/wuffs/peacock.progressive.scan000.jpeg", nil),
    ("jpeg_bad/wuffs/peacock.progressive.scan008.jpeg", nil),
  ]

  @Test(arguments: accepted)
  func `an odd but sound file is decoded, with at most one line of warning`(
    path: String, warning: String?
  ) throws {
    let warnings = try DecodedImage(corpus(path)).warnings
    #expect(warnings.count == (warning == nil ? 0 : 1), "\(warnings)")
    if let warning { #expect(warnings.first?.hasPrefix(warning) == true, "\(warnings)") }
  }
}
