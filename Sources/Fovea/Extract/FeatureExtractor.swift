import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaWeights

/// Takes the maps that a network computes on the way: every stage, and the logits.
///
/// Several tasks may use one at once.
public final class FeatureExtractor: Sendable {
  /// The model whose maps are taken.
  public let model: LoadedModel

  /// An extractor; without a model, the classifier inside the binary. Throws where there is no such model.
  public init(_ source: ModelSource = .embedded, options: RunOptions = .init()) throws(FoveaError) {
    model = try LoadedModel(source, options: options)
  }

  /// The names of all stages, in order, `logits` last.
  public var stages: [String] { model.graph.outputs.map(\.name) }

  /// The stages of an image file: those named, or all. Maps are (1, H, W, C), channels-last.
  ///
  /// Throws with status `usage` for a name that is no stage.
  public func features(
    of source: ImageSource, stages: [String]? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> Features {
    let names = stages ?? self.stages
    let values = try values(names)
    let photo = try model.prepare(source, images, fit: model.ownFit, outputs: values)
    let maps = try model.run([photo], outputs: values, path: photo.path)
    return Features(names: names, maps: maps, warnings: photo.warnings)
  }

  /// Writes the stages of an image file as `features(of:)` and `Features.write` do; gives their names and shapes.
  ///
  /// Where the network sees the picture at its own size and upright, its rows are run as they are decoded, and
  /// memory is that of the stages asked for and of the coarser maps. Throws with status `usage` for a name that
  /// is no stage.
  public func writeFeatures(
    of source: ImageSource, to path: String, stages: [String]? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> FeatureSummary {
    let names = stages ?? self.stages
    let values = try values(names)
    let reader = try source.reader(model.decoding(images))
    guard model.takesRows(of: reader, fit: images.fit ?? model.ownFit) else {
      let photo = try model.prepare(
        reader, path: source.messagePath, images, fit: model.ownFit, outputs: values, keepingPhoto: false)
      let maps = try model.run([photo], outputs: values, path: photo.path)
      let features = Features(names: names, maps: maps, warnings: photo.warnings)
      let odd = try features.write(to: path)
      return FeatureSummary(names: names, shapes: maps.map(\.shape), warnings: photo.warnings + odd)
    }
    let written = try model.run(reader, named: source.messagePath, outputs: values, flow: .arriving) { maps in
      (odd: try Fovea.writeFeatures(zip(names, maps).map { ($0, $1) }, to: path), shapes: maps.map(\.shape))
    }
    return FeatureSummary(names: names, shapes: written.shapes, warnings: reader.warnings + written.odd)
  }

  /// The stages of a picture in memory.
  public func features(
    of image: Image, stages: [String]? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> Features {
    let names = stages ?? self.stages
    let photo = model.prepare(image, images, fit: model.ownFit)
    let maps = try model.run([photo], outputs: values(names), path: photo.path)
    return Features(names: names, maps: maps, warnings: [])
  }

  /// The stages of an input that is normalised already, (B, H, W, 3): nothing is resized.
  public func features(of input: FeatureMap, stages: [String]? = nil) throws(FoveaError) -> Features {
    let names = stages ?? self.stages
    let maps = try model.run(input, outputs: values(names), path: "x")
    return Features(names: names, maps: maps, warnings: [])
  }

  private func values(_ names: [String]) throws(FoveaError) -> [Value] {
    var values: [Value] = []
    for name in names { values.append(try model.output(named: name)) }
    return values
  }
}

/// What a file of feature maps holds.
public struct FeatureSummary: Sendable {
  /// The stages' names.
  public let names: [String]
  /// Their shapes, (B, H, W, C); in the file they are (B, C, H, W).
  public let shapes: [Shape]
  /// What was odd about the image, and maps that hold what is no number.
  public let warnings: [String]
}
