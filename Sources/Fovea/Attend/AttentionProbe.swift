import FoveaEngine
import FoveaGraph
import FoveaImage

/// Shows what a network's attention attends to, exactly: the weights of linear attention factor, so that any row
/// of its N×N matrix is had without forming it.
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
  /// Throws with status `usage` for a name that is no block, `unsupported` for a kind without exact factors.
  public func attention(
    in source: ImageSource, blocks names: [String]? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> PhotoAttention {
    let blocks = try self.blocks(named: names)
    let outputs = outputs(of: blocks)
    let photo = try model.prepare(
      source, images, fit: model.ownFit, outputs: outputs, keepingPhoto: true)
    return try attention(blocks, outputs, photo)
  }

  /// The attention of the blocks named, or of all, in a picture in memory.
  public func attention(
    in image: Image, blocks names: [String]? = nil, images: ImageOptions = .init()
  ) throws(FoveaError) -> PhotoAttention {
    let blocks = try self.blocks(named: names)
    let photo = model.prepare(image, images, fit: model.ownFit, keepingPhoto: true)
    return try attention(blocks, outputs(of: blocks), photo)
  }

  private func attention(
    _ blocks: [ProbedBlock], _ outputs: [Value], _ photo: PreparedPhoto
  ) throws(FoveaError) -> PhotoAttention {
    let maps = try model.run([photo.input], outputs: outputs, path: photo.path)
    var results: [BlockAttention] = []
    for block in blocks {
      let inputs = block.inputs.compactMap { input in outputs.firstIndex(of: input).map { maps[$0] } }
      do {
        let factors = try AttentionFactors(block.attention, inputs: inputs, parameters: model.parameters)
        let grid = inputs[0].shape
        results.append(
          BlockAttention(path: block.path, height: grid.height, width: grid.width, factors: factors))
      } catch {
        throw FoveaError(running: error, path: photo.path)
      }
    }
    return PhotoAttention(
      photo: photo.photo ?? photo.input, geometry: photo.geometry, blocks: results, warnings: photo.warnings)
  }

  /// The values that the blocks read, each once.
  private func outputs(of blocks: [ProbedBlock]) -> [Value] {
    var seen = Set<Value>()
    return blocks.flatMap(\.inputs).filter { seen.insert($0).inserted }
  }
}

/// A block whose weights factor.
private struct ProbedBlock {
  let path: String
  let attention: LinearAttention
  let inputs: [Value]
}

extension AttentionProbe {
  private func blocks(named names: [String]?) throws(FoveaError) -> [ProbedBlock] {
    guard !blocks.isEmpty else {
      throw FoveaError(
        path: model.path, reason: "has no attention blocks", hint: "choose another model with -m",
        status: .usage)
    }
    var found: [ProbedBlock] = []
    for name in names ?? blocks {
      guard let block = model.graph.attentionBlocks.first(where: { $0.path == name }) else {
        let near = nearest(to: name, among: blocks).map { "did you mean \($0)? " } ?? ""
        throw FoveaError(
          path: name, reason: "unknown block of \(model.name)",
          hint: "\(near)its blocks are \(blocks.joined(separator: ", "))", status: .usage)
      }
      found.append(try probed(block))
    }
    return found
  }

  private func probed(_ block: AttentionBlock) throws(FoveaError) -> ProbedBlock {
    let node = model.graph.nodes[block.attention.index]
    guard case .linearAttention(let attention) = node.operation, block.grid == .whole else {
      throw FoveaError(
        path: block.path, reason: "only linear attention over a whole map can be shown so far",
        hint: "name other blocks with --block", status: .unsupported)
    }
    return ProbedBlock(path: block.path, attention: attention, inputs: node.inputs)
  }
}
