import ArgumentParser
import Fovea

/// Which model is run.
struct ModelArguments: ParsableArguments {
  @Option(
    name: [.customShort("m"), .long],
    help: ArgumentHelp(
      "A model's name (see 'fovea models') or a path to a model folder; without it the model inside the binary.",
      valueName: "name or folder"))
  var model: String?

  /// Where the library finds it.
  var source: ModelSource {
    model.map(ModelSource.init(argument:)) ?? .embedded
  }
}
