import FoveaEngine
import FoveaGraph
import FoveaImage

/// Shows what a network's attention attends to, exactly: the weights of linear attention factor, so that any row
/// of its N×N matrix is had without forming it. Softmax attention is shown as well, row by row.
///
/// ```swift
/// let probe = try AttentionProbe()
/// let answer = try probe.attention(in: .file("street.png"))
/// let map = answer.blocks[0].received()
/// ```
/// Several tasks may use one at once.
public final class AttentionProbe: Sendable {
  /// The model that is looked into.
  public let model: LoadedModel

  /// A probe; without a model, of the segmenter inside the binary. Throws where there is no such model.
  public init(_ source: ModelSource = .embedded, options: RunOptions = .init()) throws(FoveaError) {
    model = try LoadedModel(source, embedded: .segmentation, options: options)
  }

  /// The dotted paths of the attention blocks, in order.
  public var blocks: [String] { model.graph.attentionBlocks.map(\.path) }

  /// The attention of the blocks named, or of all, in an image file. One run of the network.
  ///
  /// Throws with status `usage` for a name that is no block.
  public func attention(
    in source: ImageSource, blocks names: [String]? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> PhotoAttention {
    let readers = try readers(names)
    let photo = try model.prepare(
      source, images, fit: model.ownFit, outputs: Self.outputs(of: readers), keepingPhoto: true)
    return try attention(readers, photo)
  }

  /// The attention of the blocks named, or of all, in a picture in memory.
  public func attention(
    in image: Image, blocks names: [String]? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> PhotoAttention {
    let readers = try readers(names)
    return try attention(readers, model.prepare(image, images, fit: model.ownFit, keepingPhoto: true))
  }

  private func attention(
    _ readers: [BlockReader], _ photo: PreparedPhoto
  ) throws(FoveaError) -> PhotoAttention {
    let outputs = Self.outputs(of: readers)
    let maps = try model.run([photo], outputs: outputs, path: photo.path)
    let given = Dictionary(uniqueKeysWithValues: zip(outputs, maps))
    let (height, width) = (photo.input.height, photo.input.width)
    let threads = model.options.threads
    let read = concurrentMap(readers.count, threads: threads) { place in
      let maps = readers[place].values.compactMap { given[$0] }
      return Result { try readers[place].attention(maps, height: height, width: width, threads: threads) }
    }
    let blocks: [BlockAttention]
    do {
      blocks = try read.map { try $0.get() }
    } catch {
      throw FoveaError(running: error, path: photo.path)
    }
    return PhotoAttention(
      photo: photo.photo ?? photo.input, geometry: photo.geometry, blocks: blocks, warnings: photo.warnings)
  }

  /// The values that the blocks read, each once.
  private static func outputs(of readers: [BlockReader]) -> [Value] {
    var seen = Set<Value>()
    return readers.flatMap(\.values).filter { seen.insert($0).inserted }
  }

  private func readers(_ names: [String]?) throws(FoveaError) -> [BlockReader] {
    guard !blocks.isEmpty else {
      throw FoveaError(
        path: model.path, reason: "has no attention blocks", hint: "choose another model with -m",
        status: .usage)
    }
    var found: [BlockReader] = []
    for name in names ?? blocks {
      guard let block = model.graph.attentionBlocks.first(where: { $0.path == name }) else {
        throw FoveaError(
          path: name, reason: "unknown block of \(model.name)",
          hint: didYouMean(name, among: blocks, then: "its blocks are \(blocks.joined(separator: ", "))"),
          status: .usage)
      }
      found.append(BlockReader(block, of: model.graph, parameters: model.parameters))
    }
    return found
  }
}
