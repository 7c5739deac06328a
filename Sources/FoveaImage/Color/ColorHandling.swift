import CFoveaCodecs

/// What becomes of a file's colours on their way to sRGB.
enum ColorHandling {
  /// They are sRGB, or are to be taken for it.
  case none
  /// Each row is transformed.
  case transform(ColorTransform)
  /// They are taken for sRGB although they are not, for this reason.
  case ignored(warning: String)

  /// What to do with rows of `layout` that are described as `description`.
  init(_ description: ColorDescription, layout: fovea_layout, isWide: Bool) {
    if case .sRGB = description {
      self = .none
      return
    }
    #if ColorManagement
      do {
        self = .transform(try ColorTransform(description, layout: layout, isWide: isWide))
      } catch {
        self = .ignored(warning: "\(description.text) \(error.rawValue): pixels are taken as sRGB")
      }
    #else
      self = .ignored(warning: "\(description.text) ignored: pixels are taken as sRGB")
    #endif
  }
}

extension ColorHandling {
  /// The layout of rows after this, for rows of `layout` before.
  func layout(from layout: fovea_layout) -> fovea_layout {
    if case .transform(let transform) = self { transform.outputLayout } else { layout }
  }

  /// A row after this; `row` itself where nothing is done.
  func managed(_ row: UnsafeMutablePointer<UInt8>, width: Int) -> UnsafeMutablePointer<UInt8> {
    if case .transform(let transform) = self { transform.apply(row, width: width) } else { row }
  }
}

#if !ColorManagement
  /// Without the package's trait ColorManagement there are no transforms: this has no values.
  enum ColorTransform {
    var outputLayout: fovea_layout { switch self {} }

    func apply(_ row: UnsafePointer<UInt8>, width: Int) -> UnsafeMutablePointer<UInt8> { switch self {} }
  }
#endif
