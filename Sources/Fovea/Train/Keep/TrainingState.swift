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
  /// False where pictures are left as they are stored; nil turns them upright.
  var appliesOrientation: Bool?
  /// True where the label set was named.
  var namesLabels: Bool?
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
      try check(path)
    } catch let error as FoveaError {
      throw error
    } catch let error as WeightsError {
      throw FoveaError(error, path: path)
    } catch {
      throw FoveaError(
        path: path, reason: "is no state of a training", hint: "begin anew in another folder with -o",
        status: .badData)
    }
  }

  /// Throws for numbers that no run has kept, with the first of them.
  private func check(_ path: String) throws(FoveaError) {
    try labelSet?.check(path: path)
    let seconds = 0...1e12
    // a mean of losses is a float32 number, as it is drawn
    let losses = -3.4e38...3.4e38
    var wrong: [(name: String, value: Double)] = []
    func expect(_ name: String, _ value: Double?, _ limits: ClosedRange<Double>) {
      if let value, !limits.contains(value) { wrong.append((name, value)) }
    }
    expect("step", Double(step), 1...1e12)
    expect("lossSum", lossSum, -1e60...1e60)
    expect("epochSeconds", epochSeconds, seconds)
    expect("stepSeconds", stepSeconds, seconds)
    for (index, record) in records.enumerated() {
      expect("the number of epoch \(index + 1)", Double(record.epoch), Double(index + 1)...Double(index + 1))
      expect("the step of epoch \(index + 1)", Double(record.step), 1...Double(max(1, step)))
      expect("the rate of epoch \(index + 1)", record.rate, 0...1e9)
      expect("the loss of epoch \(index + 1)", record.loss, losses)
      if record.validationLoss?.isFinite == true {
        expect("the validation loss of epoch \(index + 1)", record.validationLoss, losses)
      }
      expect("the score of epoch \(index + 1)", record.score, 0...1)
      expect("the second score of epoch \(index + 1)", record.secondScore, 0...1)
      expect("the speed of epoch \(index + 1)", record.imagesPerSecond, 0...1e15)
      expect("the seconds of epoch \(index + 1)", record.seconds, seconds)
    }
    guard let first = wrong.first else { return }
    throw Self.error(path, "\(first.name) is \(first.value)")
  }

  /// Throws where the steps that are done and the epochs that are recorded are none of a run of so many an epoch.
  func check(stepsPerEpoch: Int, path: String) throws(FoveaError) {
    let total = stepsPerEpoch * recipe.epochs
    guard step <= total else { throw Self.error(path, "\(step) steps of \(total) are done") }
    // one that ended while an epoch was measured has a record less
    let done = step / stepsPerEpoch
    guard records.count == done || records.count == done - 1 && step % stepsPerEpoch == 0 else {
      throw Self.error(path, "\(records.count) epochs are recorded, and \(done) done")
    }
  }

  /// A state that is none of this run's.
  static func error(_ path: String, _ reason: String) -> FoveaError {
    FoveaError(
      path: path, reason: "is no state of this training: \(reason)",
      hint: "it was changed or damaged; begin anew in another folder with -o", status: .badData)
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
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw FoveaError(path: path, reason: "cannot be written: \(error)", status: .inputOutput)
    }
  }
}
