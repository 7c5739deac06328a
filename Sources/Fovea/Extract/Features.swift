import FoveaEngine
import FoveaGraph
import FoveaWeights

/// Named feature maps of one input.
public struct Features: Sendable {
  /// The stages' names, in the order of `maps`.
  public let names: [String]
  /// The maps, (B, H, W, C), channels-last.
  public let maps: [FeatureMap]
  /// What was odd about the file; empty for a sound one.
  public let warnings: [String]

  /// The map of a stage, or nil.
  public subscript(name: String) -> FeatureMap? {
    names.firstIndex(of: name).map { maps[$0] }
  }

  /// Writes every map under its name as float32 safetensors, channels-first: (B, C, H, W).
  ///
  /// The file appears whole or not at all. Gives a warning for each map that holds what is no number. Throws with
  /// status `cannotCreate`.
  @discardableResult
  public func write(to path: String) throws(FoveaError) -> [String] {
    try writeFeatures(zip(names, maps).map { ($0, $1) }, to: path)
  }
}

extension FeatureMap {
  /// The tensor of a name in a safetensors file, (B, C, H, W), as a feature map.
  ///
  /// Throws where the file or the tensor cannot be read, or has other than 4 axes and so many channels.
  public init(tensor name: String, inFile path: String, channels: Int = 3) throws(FoveaError) {
    do {
      let checkpoint = try Checkpoint.open(path: path, as: .safetensors)
      guard let entry = checkpoint[name] else { throw WeightsError.noTensor(name) }
      guard entry.shape.count == 4, entry.shape[1] == channels, entry.shape.allSatisfy({ $0 > 0 }) else {
        throw FoveaError(
          path: path, reason: "tensor \(name) has shape \(entry.shape), should be (N, \(channels), H, W)",
          hint: "write the normalised input channels-first", status: .badData)
      }
      let shape = Shape(
        batch: entry.shape[0], height: entry.shape[2], width: entry.shape[3], channels: entry.shape[1])
      self.init(channelsFirst: try checkpoint.floats(of: name), shape: shape)
    } catch let error as WeightsError {
      throw FoveaError(error, path: path)
    } catch let error as FoveaError {
      throw error
    } catch {
      throw FoveaError(path: path, reason: String(describing: error), status: .badData)
    }
  }
}
