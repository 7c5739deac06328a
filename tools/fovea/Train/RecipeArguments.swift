import ArgumentParser
import Fovea

/// The numbers of a recipe that have a flag of their own; the rest is in a file.
struct RecipeArguments: ParsableArguments {
  @Option(
    name: .customLong("recipe"),
    help: ArgumentHelp(
      "A recipe as JSON; flags and the task's defaults fill in the rest.", valueName: "file.json"))
  var file: String?
  @Option(help: "Passes over the pictures.")
  var epochs: Limit?
  @Option(help: "Pictures a step.")
  var batch: Limit?
  @Option(help: ArgumentHelp("The size that is learnt from, height first.", valueName: "HxW"))
  var size: ImageSize?
  @Option(help: "Where the random numbers begin.")
  var seed: UInt64?
  @Option(help: "What feature maps and gradients are made of; weights, sums and losses are f32 always.")
  var precision: Precision?

  /// A recipe with the file and the flags laid over it.
  func settled(_ base: Recipe) throws(FoveaError) -> Recipe {
    var recipe = base
    if let file { recipe = try base.reading(file) }
    if let epochs { recipe.epochs = epochs.value }
    if let batch { recipe.batch = batch.value }
    if let size { recipe.size = [size.height, size.width] }
    if let seed { recipe.seed = seed }
    if let precision { recipe.precision = precision }
    return recipe
  }
}

extension Precision: ExpressibleByArgument {}
