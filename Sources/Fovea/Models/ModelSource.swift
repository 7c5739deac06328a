import FoveaModels

/// Where a model comes from.
public enum ModelSource: Sendable, Hashable {
  /// The model inside the binary for the task at hand.
  case embedded
  /// A model by name: a folder under `./models`, `$FOVEA_MODELS` or `share/fovea/models` beside the
  /// executable's `bin`, or else inside the binary.
  case named(String)
  /// A model folder by its path.
  case folder(String)
}

extension ModelSource {
  /// What a person wrote: a path where it has a slash or is a directory, a name otherwise.
  public init(argument: String) {
    let isPath = argument.contains("/") || FileSystem.isDirectory(argument)
    self = isPath ? .folder(argument) : .named(argument)
  }
}

extension ModelTask {
  /// The name of the model inside the binary for the task.
  public var embeddedModel: String {
    switch self {
    case .classification: "fovea_small_tiny_imagenet"
    case .segmentation: "fovea_small_camvid"
    }
  }
}
