extension Preprocessing {
  /// Where the input lies on an upright photo of the given size. Traps unless all sizes are at least 1.
  public func geometry(photoWidth: Int, photoHeight: Int) -> InputGeometry {
    let photo = Size(width: photoWidth, height: photoHeight)
    let input = fit == .native ? photo : Size(width: width, height: height)
    let resized: Size
    switch (fit, cropMode) {
    case (.native, _): resized = photo
    case (.stretch, _): resized = input
    case (.pad, _): resized = photo.fitted(into: input, longest: true)
    case (.crop, .squash): resized = scaleSize
    case (.crop, .border): resized = photo.fitted(into: scaleSize, longest: true)
    case (.crop, .center):
      let target = scaleSize
      resized =
        target.width == target.height
        ? photo.withShorterSide(target.width) : photo.fitted(into: target, longest: false)
    }
    let fillsWithMean = fit == .pad || (fit == .crop && cropMode == .border)
    return InputGeometry(
      photoWidth: photoWidth, photoHeight: photoHeight, resizedWidth: resized.width,
      resizedHeight: resized.height, offsetX: offset(of: input.width, in: resized.width),
      offsetY: offset(of: input.height, in: resized.height), inputWidth: input.width,
      inputHeight: input.height, fill: fillsWithMean ? meanColor : .black)
  }

  /// The size before the crop: `resize` where it is given, else ⌊side / crop_pct⌋.
  private var scaleSize: Size {
    if let resize { return Size(width: resize, height: resize) }
    return Size(
      width: Int((Double(width) / cropFraction).rounded(.down)),
      height: Int((Double(height) / cropFraction).rounded(.down)))
  }

  /// Where a window begins in a resized side: half the difference, rounded half to even or down; where the window is
  /// larger, the padding before it is half the difference, rounded down.
  private func offset(of window: Int, in side: Int) -> Int {
    if window > side { return anchor == .topLeft ? 0 : -((window - side) / 2) }
    return Int((Double(side - window) / 2).rounded(cropsDown ? .down : .toNearestOrEven))
  }
}

/// A width and a height in pixels, while a geometry is worked out.
private struct Size {
  let width: Int
  let height: Int

  /// The shorter side becomes `side`, the longer ⌊side · long / short⌋, as torchvision has it.
  func withShorterSide(_ side: Int) -> Size {
    func longer(_ long: Int, _ short: Int) -> Int { Int(Double(side * long) / Double(short)) }
    return width <= height
      ? Size(width: side, height: longer(height, width)) : Size(width: longer(width, height), height: side)
  }

  /// Both sides divided by one ratio, so that the longest (or the shortest) meets `target`, as timm has it.
  func fitted(into target: Size, longest: Bool) -> Size {
    let ratios = (Double(width) / Double(target.width), Double(height) / Double(target.height))
    let ratio = longest ? max(ratios.0, ratios.1) : min(ratios.0, ratios.1)
    func scaled(_ side: Int) -> Int { max(1, Int((Double(side) / ratio).rounded(.toNearestOrEven))) }
    return Size(width: scaled(width), height: scaled(height))
  }
}
