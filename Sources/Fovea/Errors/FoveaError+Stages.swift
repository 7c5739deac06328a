import FoveaImage
import FoveaModels
import FoveaWeights

// What the stages throw, with the path that they did not know.
extension FoveaError {
  /// An image that cannot be read.
  init(_ error: ImageError, path: String) {
    self.init(
      path: path, reason: error.description, hint: error.hint,
      status: Status(rawValue: error.exitStatus) ?? .badData)
  }

  /// A file that cannot be written.
  init(_ error: EncodingError, path: String) {
    self.init(
      path: path, reason: error.description, hint: error.hint,
      status: Status(rawValue: error.exitStatus) ?? .cannotCreate)
  }

  /// A model that cannot be had.
  init(_ error: ModelError, path: String) {
    let lines = error.description.split(separator: "\n").map(String.init)
    self.init(path: path, reason: lines.first ?? "bad model", status: .badData)
    details = lines.dropFirst().map { String($0.drop { $0 == " " }) }
    switch error {
    case .unknownModel, .unknownFamily:
      status = .usage
      hint = "'fovea models' lists the architectures"
    case .weights(let cause): self.merge(cause)
    case .overLimit: status = .overLimit
    case .contradiction: hint = "one of them is wrong: correct it, or leave it out"
    case .missingFile: hint = "a model folder holds config.json and model.safetensors"
    case .tensors:
      hint = "the architecture's numbers in config.json and the weights belong to different models"
    default: hint = "see the documentation of model folders"
    }
  }

  /// A weight file, or a tensor file, that cannot be read.
  init(_ error: WeightsError, path: String) {
    self.init(path: path, reason: String(describing: error), status: .badData)
    merge(error)
  }

  private mutating func merge(_ error: WeightsError) {
    status = Status(rawValue: error.exitStatus) ?? .badData
    hint = error.hint
  }

  /// A run that is impossible: an image too small for the network, or an engine that lacks something.
  init(running error: any Error, path: String) {
    switch error {
    case let error as ShapeError:
      self.init(
        path: path, reason: "the picture does not fit the network: \(error.description)",
        hint: "a larger picture, or --fit stretch", status: .badData)
    case EngineError.unknownInstructionSet, EngineError.unsupportedInstructionSet:
      self.init(
        path: "FOVEA_FORCE_ISA", reason: String(describing: error),
        hint: "'fovea cpu' lists what this machine runs", status: .usage)
    case EngineError.unsupportedPrecision:
      self.init(
        path: "--precision", reason: String(describing: error), hint: "use f32", status: .usage)
    case EngineError.outOfMemory:
      self.init(
        path: path, reason: String(describing: error), hint: "a smaller picture needs less",
        status: .overLimit)
    case let error as FoveaError: self = error
    default: self.init(path: path, reason: String(describing: error), status: .badData)
    }
  }
}
