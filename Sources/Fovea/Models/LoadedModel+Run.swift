import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaModels

extension LoadedModel {
  /// Runs the network on photos brought to one size, which become one batch.
  func run(_ photos: [PreparedPhoto], outputs: [Value], path: String) throws(FoveaError) -> [FeatureMap] {
    try run(photos.map(\.input), kept: photos.map(\.kept), outputs: outputs, path: path)
  }

  /// Runs the network on pictures of one size, which become one batch; one that has a `kept` is seen as that.
  ///
  /// (B, H, W, 3) → the maps asked for, channels-last, in their order.
  func run(
    _ images: [Image], kept: [FloatImage?] = [], outputs: [Value], path: String
  ) throws(FoveaError) -> [FeatureMap] {
    let shape = inputShape(batch: images.count, height: images[0].height, width: images[0].width)
    let pixels = shape.tokens * shape.channels
    let preprocessing = preprocessing(fit: nil)
    let values = [Float](unsafeUninitializedCapacity: shape.elements) { buffer, count in
      for (index, image) in images.enumerated() {
        let target = UnsafeMutableBufferPointer(rebasing: buffer[index * pixels..<(index + 1) * pixels])
        if index < kept.count, let fine = kept[index] {
          preprocessing.normalize(fine, into: target)
        } else {
          preprocessing.normalize(image, into: target)
        }
      }
      count = shape.elements
    }
    return try run(FeatureMap(shape: shape, values: values), outputs: outputs, path: path)
  }

  /// Runs the network on an input that is normalised already: (B, H, W, 3) → the maps asked for.
  func run(_ input: FeatureMap, outputs: [Value], path: String) throws(FoveaError) -> [FeatureMap] {
    try checkMemory(input.shape, outputs: outputs, path: path)
    do {
      return try engine.run([input], outputs: outputs)
    } catch {
      throw FoveaError(running: error, path: path)
    }
  }

  /// Refuses a run whose peak memory, known from the graph, is over the limit or what the system would give.
  func checkMemory(
    _ input: Shape, outputs: [Value], path: String, flow: RowFlow = .whole
  ) throws(FoveaError) {
    if engine.residentBytes == 0 {
      // planning packs the weights
      let weights = graph.parameters.map(\.count).reduce(0, +) * MemoryLayout<Float>.size
      try MachineMemory.checkAddressSpace(for: weights, path: self.path, what: "for the model's weights")
    }
    let needed: Engine.MemoryNeed
    do {
      needed = try engine.memoryNeed(inputs: [input], outputs: outputs, flow: flow)
    } catch {
      throw FoveaError(running: error, path: path)
    }
    let size = "at \(input.height) x \(input.width)"
    guard needed.whole <= options.memoryLimit else {
      throw FoveaError(
        path: path,
        reason: "needs \(megabytes(needed.whole)) of memory \(size), over the limit of "
          + megabytes(options.memoryLimit),
        hint: "--max-memory raises the limit; --fit stretch or crop takes the network's own size",
        status: .overLimit)
    }
    try MachineMemory.checkAddressSpace(for: needed.further, path: path, what: size)
  }

  /// The shape of pictures as the network takes them.
  func inputShape(batch: Int = 1, height: Int, width: Int) -> Shape {
    Shape(batch: batch, height: height, width: width, channels: configuration.preprocessing.channels)
  }

  /// How a file is decoded for this model: in grey where the network takes one channel.
  func decoding(_ images: ImageOptions) -> DecodingOptions {
    var options = images.decoding
    options.greyscale = configuration.preprocessing.channels == 1
    return options
  }

  /// How a picture is brought to this model's input.
  func preprocessing(fit: Fit?) -> FoveaImage.Preprocessing {
    configuration.photoPreprocessing(fit: fit)
  }
}

extension ModelConfiguration {
  /// How a picture is brought to the model's input.
  func photoPreprocessing(fit: Fit?) -> FoveaImage.Preprocessing {
    let said = preprocessing
    var preprocessing = FoveaImage.Preprocessing(width: said.width, height: said.height)
    preprocessing.filter = said.interpolation == .bilinear ? .bilinear : .bicubic
    preprocessing.cropFraction = said.cropFraction
    preprocessing.mean = said.mean.map { Double("\($0)") ?? Double($0) }
    preprocessing.standardDeviation = said.standardDeviation.map { Double("\($0)") ?? Double($0) }
    preprocessing.cropsDown = said.cropOffset == .down
    preprocessing.cropMode =
      switch said.cropMode {
      case .center: .center
      case .squash: .squash
      case .border: .border
      }
    if said.rounding == .ceil, said.width == said.height {
      preprocessing.resize = Int((Double(said.width) / said.cropFraction).rounded(.up))
    }
    preprocessing.fit = fit ?? .crop
    return preprocessing
  }
}

/// Bytes as people read them: "12 MB" (of 1 048 576), at least 1.
func megabytes(_ bytes: Int) -> String {
  "\(max(1, (bytes + (1 << 20) - 1) >> 20)) MB"
}
