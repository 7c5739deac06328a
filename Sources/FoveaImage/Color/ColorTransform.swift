#if ColorManagement
  import CFoveaCodecs
  import CLittleCMS

  /// Turns decoded rows of any colour space into rows of sRGB, through Little CMS, perceptually.
  /// Alpha passes as it is. Not to be shared between tasks.
  final class ColorTransform {
    /// Why there is none.
    enum Failure: String, Error {
      case damaged = "is damaged"
      case unknown = "is not of a kind that is converted"
      case unfit = "is not for this image's kind of pixels"
    }

    /// The layout of transformed rows: RGB or RGBA, of as many bits as before.
    let outputLayout: fovea_layout
    private let transform: cmsHTRANSFORM
    private let bytesPerPixel: Int
    private var row: UnsafeMutablePointer<UInt8>?

    /// A transform for rows of `layout`. Throws `Failure` when the profile cannot be used for it.
    init(_ description: ColorDescription, layout: fovea_layout, isWide: Bool) throws(Failure) {
      let isGrey = layout == FOVEA_GREY || layout == FOVEA_GREY_ALPHA
      let hasAlpha = layout == FOVEA_GREY_ALPHA || layout == FOVEA_RGBA
      if case .coded(let color) = description, color.chromaticities == nil || color.light(1) == nil {
        throw .unknown
      }
      guard let source = Self.profile(description, isGrey: isGrey) else { throw .damaged }
      defer { cmsCloseProfile(source) }
      let space = isGrey ? cmsSigGrayData : layout == FOVEA_CMYK ? cmsSigCmykData : cmsSigRgbData
      guard cmsGetColorSpace(source) == space else { throw .unfit }
      let target = cmsCreate_sRGBProfile()
      defer { cmsCloseProfile(target) }
      let (wide, alpha) = (Int32(isWide ? 1 : 0), Int32(hasAlpha ? 1 : 0))
      let input =
        isGrey
        ? fovea_lcms_format(PT_GRAY, 1, wide, alpha, 0)
        : layout == FOVEA_CMYK
          ? fovea_lcms_format(PT_CMYK, 4, 0, 0, 1) : fovea_lcms_format(PT_RGB, 3, wide, alpha, 0)
      let output = fovea_lcms_format(PT_RGB, 3, wide, alpha, 0)
      let intent = cmsUInt32Number(INTENT_PERCEPTUAL)
      // What Little CMS makes of a grey curve to be quick is up to 10 levels off in the dark.
      let flags = cmsUInt32Number(
        (hasAlpha ? cmsFLAGS_COPY_ALPHA : 0) | (isGrey ? cmsFLAGS_NOOPTIMIZE : 0))
      guard let transform = cmsCreateTransform(source, input, target, output, intent, flags) else {
        throw .damaged
      }
      self.transform = transform
      outputLayout = hasAlpha ? FOVEA_RGBA : FOVEA_RGB
      bytesPerPixel = (hasAlpha ? 4 : 3) * (isWide ? 2 : 1)
    }

    deinit {
      cmsDeleteTransform(transform)
      row?.deallocate()
    }

    /// `row` of `width` pixels in the layout given at first → a row of `outputLayout`, until the next call.
    func apply(_ row: UnsafePointer<UInt8>, width: Int) -> UnsafeMutablePointer<UInt8> {
      let output = self.row ?? .allocate(capacity: bytesPerPixel * width)
      self.row = output
      cmsDoTransform(transform, row, output, cmsUInt32Number(width))
      return output
    }

    private static func profile(_ description: ColorDescription, isGrey: Bool) -> cmsHPROFILE? {
      switch description {
      case .sRGB: return cmsCreate_sRGBProfile()
      case .profile(let profile):
        return profile.bytes.withUnsafeBytes {
          cmsOpenProfileFromMem($0.baseAddress, cmsUInt32Number($0.count))
        }
      case .coded(let color):
        let light = (0...4095).map { Float(color.light(Double($0) / 4095) ?? 0) }
        guard let curve = cmsBuildTabulatedToneCurveFloat(nil, cmsUInt32Number(light.count), light) else {
          return nil
        }
        defer { cmsFreeToneCurve(curve) }
        return color.chromaticities.flatMap { calibrated(curve, $0, isGrey) }
      case .calibrated(let gamma, let chromaticities):
        guard let curve = curve(gamma: gamma) else { return nil }
        defer { cmsFreeToneCurve(curve) }
        return calibrated(
          curve, chromaticities ?? [0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06], isGrey)
      }
    }

    /// Light over sample: a power law, or sRGB's curve.
    private static func curve(gamma: Double?) -> OpaquePointer? {
      if let gamma { return cmsBuildGamma(nil, 1 / gamma) }
      let sRGB = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]
      return cmsBuildParametricToneCurve(nil, 4, sRGB)
    }

    private static func calibrated(
      _ curve: OpaquePointer, _ xy: [Double], _ isGrey: Bool
    ) -> cmsHPROFILE? {
      var white = cmsCIExyY(x: xy[0], y: xy[1], Y: 1)
      if isGrey { return cmsCreateGrayProfile(&white, curve) }
      var primaries = cmsCIExyYTRIPLE(
        Red: cmsCIExyY(x: xy[2], y: xy[3], Y: 1), Green: cmsCIExyY(x: xy[4], y: xy[5], Y: 1),
        Blue: cmsCIExyY(x: xy[6], y: xy[7], Y: 1))
      var curves: [OpaquePointer?] = [curve, curve, curve]
      return cmsCreateRGBProfile(&white, &primaries, &curves)
    }
  }
#endif
