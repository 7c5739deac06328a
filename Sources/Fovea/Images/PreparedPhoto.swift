import FoveaGraph
import FoveaImage

/// A photo brought to a network's input.
struct PreparedPhoto {
  /// What messages call it.
  let path: String
  /// The input, 8-bit RGB.
  let input: Image
  /// The input as float32, where 16 bits were kept; `input` is it rounded.
  let kept: FloatImage?
  /// Where the input lies on the upright photo.
  let geometry: InputGeometry
  /// The upright photo itself, where it was asked for.
  let photo: Image?
  /// What was odd about the file.
  let warnings: [String]
}

extension ImageSource {
  /// What messages call it: the path, "stdin", or "image" for bytes in memory.
  var messagePath: String {
    switch self {
    case .file(let path): path
    case .descriptor: "stdin"
    case .bytes: "image"
    }
  }
}

extension ImageSource {
  /// Opens the file and reads its header.
  func reader(_ options: DecodingOptions) throws(FoveaError) -> ImageReader {
    do {
      return try ImageReader(self, options: options)
    } catch {
      throw FoveaError(error, path: messagePath)
    }
  }
}

extension LoadedModel {
  /// Decodes a photo to the network's input; its size and the run's memory are checked before a row is decoded.
  func prepare(
    _ source: ImageSource, _ options: ImageOptions, fit: Fit, outputs: [Value], keepingPhoto: Bool = false
  ) throws(FoveaError) -> PreparedPhoto {
    try prepare(
      source.reader(decoding(options)), path: source.messagePath, options, fit: fit, outputs: outputs,
      keepingPhoto: keepingPhoto)
  }

  /// The same for a file that is open.
  func prepare(
    _ reader: ImageReader, path: String, _ options: ImageOptions, fit: Fit, outputs: [Value],
    keepingPhoto: Bool = false
  ) throws(FoveaError) -> PreparedPhoto {
    let preprocessing = preprocessing(fit: options.fit ?? fit)
    let geometry = preprocessing.geometry(
      photoWidth: reader.uprightWidth, photoHeight: reader.uprightHeight)
    try checkMemory(
      inputShape(height: geometry.inputHeight, width: geometry.inputWidth), outputs: outputs,
      path: path)
    do throws(ImageError) {
      guard keepingPhoto else {
        let prepared = try preprocessing.prepare(reader)
        return PreparedPhoto(
          path: path, input: prepared.image, kept: prepared.kept, geometry: geometry, photo: nil,
          warnings: prepared.warnings)
      }
      let whole = try self.preprocessing(fit: .native).prepare(reader)
      let kept = whole.kept.map { preprocessing.fit == .native ? $0 : preprocessing.prepare($0).image }
      let input =
        preprocessing.fit == .native ? whole.image : kept?.rounded ?? preprocessing.prepare(whole.image).image
      return PreparedPhoto(
        path: path, input: input, kept: kept, geometry: geometry, photo: whole.image,
        warnings: whole.warnings)
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// Brings a picture in memory to the network's input.
  func prepare(
    _ image: Image, _ options: ImageOptions, fit: Fit, keepingPhoto: Bool = false
  ) -> PreparedPhoto {
    let image = configuration.preprocessing.channels == 1 ? image.greyscale : image
    let (input, geometry) = preprocessing(fit: options.fit ?? fit).prepare(image)
    return PreparedPhoto(
      path: "image", input: input, kept: nil, geometry: geometry, photo: keepingPhoto ? image : nil,
      warnings: [])
  }
}
