import Foundation
import FoveaGraph

/// A pixel that a mask should hold, or should not, in the prompts' frame (1024 on the longest side).
public struct PromptPoint: Sendable, Hashable {
  /// The column, in pixels; 0 is the left border of the first.
  public var x: Float
  /// The row.
  public var y: Float
  /// False where the pixel is background.
  public var isForeground: Bool

  /// A point of the foreground, or of the background.
  public init(x: Float, y: Float, isForeground: Bool = true) {
    (self.x, self.y, self.isForeground) = (x, y, isForeground)
  }
}

/// A rectangle around what a mask should hold, in the prompts' frame.
public struct PromptBox: Sendable, Hashable {
  /// The left border.
  public var left: Float
  /// The upper border.
  public var top: Float
  /// The right border.
  public var right: Float
  /// The lower border.
  public var bottom: Float

  /// A rectangle of its borders, in pixels.
  public init(left: Float, top: Float, right: Float, bottom: Float) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }
}

/// Segment Anything's prompt encoder: points and boxes as tokens, by random Fourier features of their place
/// (Kirillov et al., "Segment Anything", ICCV 2023, appendix A).
public struct PromptEncoder: Sendable {
  private let prompt: EfficientViTSAM.Prompt
  /// G, (2, C/2): the frequencies of x and of y.
  private let frequencies: [Float]
  /// Tokens of background, foreground, and a box's two corners.
  private let kinds: [[Float]]
  private let padding: [Float]

  /// The encoder of a model; throws what the parameter source throws.
  public init(_ model: EfficientViTSAM, parameters: any ParameterSource) throws {
    prompt = model.prompt
    let needed = Self.needed(model.prompt)
    frequencies = try parameters.values(of: needed[0])
    padding = try parameters.values(of: needed[1])
    kinds = try needed[2...].map { try parameters.values(of: $0) }
  }

  static func needed(_ prompt: EfficientViTSAM.Prompt) -> [Parameter] {
    let names =
      ["pe_layer.positional_encoding_gaussian_matrix", "not_a_point_embed.weight"]
      + (0..<4).map { "point_embeddings.\($0).weight" }
    return names.enumerated().map { index, name in
      Parameter(
        path: "prompt_encoder.\(name)", shape: index == 0 ? [2, prompt.width / 2] : [1, prompt.width])
    }
  }

  /// The tokens of prompts, (1, 1, n, C), row-major: the points', then a padding token where there is no box,
  /// or the two corners'.
  public func tokens(points: [PromptPoint], box: PromptBox?) -> (shape: Shape, values: [Float]) {
    var tokens = points.map { point in
      sum(encoded(point.x, point.y), kinds[point.isForeground ? 1 : 0])
    }
    if let box {
      tokens.append(sum(encoded(box.left, box.top), kinds[2]))
      tokens.append(sum(encoded(box.right, box.bottom), kinds[3]))
    } else {
      tokens.append(padding)
    }
    return (Shape(height: 1, width: tokens.count, channels: prompt.width), tokens.flatMap { $0 })
  }

  /// The position encoding of the image embedding, (1, H, W, C), row-major. O(H·W·C).
  public func positions() -> (shape: Shape, values: [Float]) {
    let (height, width) = (prompt.embeddingSize[0], prompt.embeddingSize[1])
    var values: [Float] = []
    values.reserveCapacity(height * width * prompt.width)
    for row in 0..<height {
      for column in 0..<width {
        values += features((Float(column) + 0.5) / Float(width), (Float(row) + 0.5) / Float(height))
      }
    }
    return (Shape(height: height, width: width, channels: prompt.width), values)
  }

  /// The features of a pixel's centre.
  private func encoded(_ x: Float, _ y: Float) -> [Float] {
    features((x + 0.5) / Float(prompt.imageSize[1]), (y + 0.5) / Float(prompt.imageSize[0]))
  }

  /// sin and cos of 2π·(2u − 1, 2v − 1)·G for a place in 0…1.
  private func features(_ u: Float, _ v: Float) -> [Float] {
    let count = frequencies.count / 2
    let angles = (0..<count).map { index in
      2 * Float.pi * ((2 * u - 1) * frequencies[index] + (2 * v - 1) * frequencies[count + index])
    }
    return angles.map { sin($0) } + angles.map { cos($0) }
  }

  private func sum(_ first: [Float], _ second: [Float]) -> [Float] { zip(first, second).map(+) }
}
