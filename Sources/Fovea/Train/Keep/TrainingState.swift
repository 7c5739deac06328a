import FoveaModels
import FoveaTraining
import FoveaWeights

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Everything that a run needs to go on to the same bits: state.safetensors in the model folder.
///
/// Tensors hold the values, the running statistics, their averages and the optimiser's memory; the texts beside
/// them what is below.
struct TrainingState: Codable {
  /// The recipe.
  var recipe: Recipe
  /// The config of the model.
  var configuration: JSONValue
  /// What was taken over from a trained model.
  var taken: [String]
  /// The model that it was taken from.
  var origin: String?
  /// What learns: a `TrainingRequest.Method`.
  var method: String
  /// The label set, where one was named or lay with the pictures.
  var labelSet: LabelSet?
  /// The folder of pictures for validation, where one was named.
  var validation: String?
  /// The hash of the training set: its labels, and its files' names and contents.
  var dataDigest: String
  /// Steps that are done.
  var step = 0
  /// The losses of the epoch under way, summed.
  var lossSum = 0.0
  /// Seconds that the epoch under way has taken.
  var epochSeconds = 0.0
  /// Seconds of it that steps have taken.
  var stepSeconds = 0.0
  /// The epochs that are done.
  var records: [EpochRecord] = []

  /// The state's file in a model folder.
  static func path(in folder: String) -> String { FileSystem.join(folder, "state.safetensors") }

  /// Reads the texts of a state's file.
  init(folder: String) throws(FoveaError) {
    let path = Self.path(in: folder)
    do {
      let checkpoint = try Checkpoint.open(path: path, as: .safetensors)
      let text = try JSONValue(parsing: Data((checkpoint.metadata["training"] ?? "").utf8))
      // keys that a recipe did not have when the run began mean what they do by default
      let recipe = Recipe.standard(for: .classification).json.merging(text["recipe"] ?? [:])
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      self = try decoder.decode(TrainingState.self, from: text.merging(["recipe": recipe]).text)
    } catch let error as WeightsError {
      throw FoveaError(error, path: path)
    } catch {
      throw FoveaError(
        path: path, reason: "is no state of a training", hint: "begin anew in another folder with -o",
        status: .badData)
    }
  }

  /// The state of a run that begins.
  init(
    recipe: Recipe, configuration: JSONValue, taken: [String], origin: String?, method: String,
    labelSet: LabelSet?, validation: String?, dataDigest: String
  ) {
    (self.recipe, self.configuration, self.taken) = (recipe, configuration, taken)
    (self.origin, self.method) = (origin, method)
    (self.labelSet, self.validation, self.dataDigest) = (labelSet, validation, dataDigest)
  }

  /// The texts as JSON for a state's file; figures that are no numbers, as a loss may become, as words.
  func text(for path: String) throws(FoveaError) -> String {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw FoveaError(path: path, reason: "cannot be written: \(error)", status: .inputOutput)
    }
  }
}
