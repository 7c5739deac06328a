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

  /// The masks that the model proposes for a prompt.
  public var candidateCount: Int { decoderGraph.output(named: "scores")?.channels ?? 0 }

  /// The mask of the highest predicted score, for points and a box in the photo's own upright pixels.
  ///
  /// Throws where the file cannot be read, a point or the box lies outside the photo, or a fit is asked for: the
  /// photo's longer side always becomes the network's. Traps without a point or a box.
  public func segment(
    _ source: ImageSource, points: [PromptPoint], box: PromptBox? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> PromptedMask {
    let prompt = MaskPrompt(points: points, box: box)
    return try masks(source, prompts: [prompt], images: images)[0][0]
  }

  /// The masks for several prompts, a list each: that of the highest predicted score, or with `allCandidates` all that
  /// the model proposes, in its own order. The image encoder runs once.
  ///
  /// Throws as `segment` does.
  public func masks(
    _ source: ImageSource, prompts: [MaskPrompt], allCandidates: Bool = false, images: ImageOptions = .init()
  ) throws(FoveaError) -> [[PromptedMask]] {
    let path = source.messagePath
    guard images.fit == nil else {
      throw FoveaError(
        path: path, reason: "a fit does not go with points or a box",
        hint: "the photo's longer side always becomes the network's", status: .usage)
    }
    let photo: PreparedImage
    do {
      photo = try model.preprocessing(fit: .native).prepare(source, options: images.decoding)
    } catch {
      throw FoveaError(error, path: path)
    }
    for prompt in prompts { try prompt.check(on: photo.image, path: path) }
    let side = model.configuration.preprocessing.width
    let embedding = try model.run(
      input(photo, side: side), outputs: [model.output(named: "embedding")], path: path)[0]
    let scale = PromptScale(photo.image, frame: frame)
    var answers: [[PromptedMask]] = []
    for prompt in prompts {
      let (masks, scores) = try decode(embedding, prompt, scale, path: path)
      let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      answers.append(
        (allCandidates ? Array(scores.indices) : [best]).map { candidate in
          PromptedMask(
            width: photo.image.width, height: photo.image.height,
            mask: scale.mask(masks, channel: candidate).map { $0 > 0 }, candidate: candidate,
            score: scores[candidate], photo: photo.image, warnings: photo.warnings)
        })
    }
    return answers
  }

  /// The decoder's masks for a prompt, (1, 4H, 4W, candidates), and their scores.
  private func decode(
    _ embedding: FeatureMap, _ prompt: MaskPrompt, _ scale: PromptScale, path: String
  ) throws(FoveaError) -> (masks: FeatureMap, scores: [Float]) {
    let tokens = encoder.tokens(points: prompt.points.map(scale.point), box: prompt.box.map(scale.box))
    let position = encoder.positions()
    do {
      let maps = try decoder.run(
        [
          embedding, FeatureMap(shape: position.shape, values: position.values),
          FeatureMap(shape: tokens.shape, values: tokens.values),
        ], outputs: ["masks", "scores"].compactMap(decoderGraph.output(named:)))
      return (maps[0], maps[1].values)
    } catch {
      throw FoveaError(running: error, path: path)
    }
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
