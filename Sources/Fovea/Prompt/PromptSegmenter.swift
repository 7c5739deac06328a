import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaModels

/// Cuts out what points and a box ask for, with a Segment Anything model.
///
/// ```swift
/// let segmenter = try PromptSegmenter(.folder("models/efficientvit_sam_l0"))
/// let answer = try segmenter.segment(.file("photo.jpg"), points: [PromptPoint(x: 320, y: 200)])
/// try answer.writeMask(to: "mask.png")
/// ```
/// Several tasks may use one at once.
public final class PromptSegmenter: Sendable {
  /// The model that answers; its graph is the image encoder.
  public let model: LoadedModel
  private let decoder: Engine
  private let decoderGraph: Graph
  private let encoder: PromptEncoder
  private let frame: Int

  /// A segmenter of a model folder. Throws where there is no such model, or it takes no prompts.
  public init(_ source: ModelSource, options: RunOptions = .init()) throws(FoveaError) {
    model = try LoadedModel(source, options: options)
    guard let architecture = model.architecture as? EfficientViTSAM,
      let graph = architecture.furtherGraphs["mask_decoder"]
    else {
      throw FoveaError(
        path: model.path, reason: "takes no points or boxes",
        hint: "choose an efficientvit_sam model with -m", status: .usage)
    }
    decoderGraph = graph
    frame = architecture.prompt.imageSize[0]
    do {
      decoder = try Engine(graph: graph, parameters: model.parameters, options: options.engine)
      encoder = try PromptEncoder(architecture, parameters: model.parameters)
    } catch {
      throw FoveaError(running: error, path: model.path)
    }
  }

  /// The mask of the highest predicted score, for points and a box in the photo's own upright pixels.
  ///
  /// Throws where the file cannot be read, or a fit is asked for: the photo's longer side always becomes the
  /// network's. Traps without a point or a box.
  public func segment(
    _ source: ImageSource, points: [PromptPoint], box: PromptBox? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> PromptedMask {
    guard images.fit == nil else {
      throw FoveaError(
        path: source.messagePath, reason: "a fit does not go with points or a box",
        hint: "the photo's longer side always becomes the network's", status: .usage)
    }
    let photo: PreparedImage
    do {
      photo = try model.preprocessing(fit: .native).prepare(source, options: images.decoding)
    } catch {
      throw FoveaError(error, path: source.messagePath)
    }
    return try segment(photo, points: points, box: box, path: source.messagePath)
  }

  private func segment(
    _ prepared: PreparedImage, points: [PromptPoint], box: PromptBox?, path: String
  ) throws(FoveaError) -> PromptedMask {
    let photo = prepared.image
    precondition(!points.isEmpty || box != nil, "a mask is asked for by at least one point or a box")
    let side = model.configuration.preprocessing.width
    let embedding = try model.run(
      input(prepared, side: side), outputs: [model.output(named: "embedding")], path: path)[0]
    let scale = PromptScale(photo, frame: frame)
    let prompts = encoder.tokens(
      points: points.map(scale.point), box: box.map(scale.box))
    let position = encoder.positions()
    let maps: [FeatureMap]
    do {
      maps = try decoder.run(
        [
          embedding, FeatureMap(shape: position.shape, values: position.values),
          FeatureMap(shape: prompts.shape, values: prompts.values),
        ], outputs: ["masks", "scores"].compactMap(decoderGraph.output(named:)))
    } catch {
      throw FoveaError(running: error, path: path)
    }
    let scores = maps[1].values
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    let mask = scale.mask(maps[0], channel: best)
    return PromptedMask(
      width: photo.width, height: photo.height, mask: mask.map { $0 > 0 }, score: scores[best],
      photo: photo, warnings: prepared.warnings)
  }

  /// The photo with its longest side brought to the network's, normalised, then padded with zeros at right and
  /// bottom: (1, side, side, 3).
  private func input(_ photo: PreparedImage, side: Int) -> FeatureMap {
    let (height, width) = PromptScale.fitted(photo.image, longest: side)
    let preprocessing = model.preprocessing(fit: .native)
    var pixels = [Float](repeating: 0, count: height * width * 3)
    pixels.withUnsafeMutableBufferPointer { pixels in
      if let kept = photo.kept {
        preprocessing.normalize(kept.resized(width: width, height: height, filter: .bilinear), into: pixels)
      } else {
        let resized = photo.image.resized(width: width, height: height, filter: .bilinear)
        preprocessing.normalize(resized, into: pixels)
      }
    }
    var map = FeatureMap(zeros: Shape(height: side, width: side, channels: 3))
    for row in 0..<height {
      let start = row * side * 3
      map.values.replaceSubrange(
        start..<start + width * 3, with: pixels[row * width * 3..<(row + 1) * width * 3])
    }
    return map
  }
}
