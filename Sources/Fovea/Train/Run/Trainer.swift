import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaModels
import FoveaTraining

/// Trains a network on a folder of labelled pictures, and writes a model folder.
///
/// ```swift
/// var request = TrainingRequest(directory: "photos", output: "models/mine")
/// request.architecture = "fovea_small"
/// let trainer = try Trainer(request)
/// try trainer.run { event in print(event) }
/// ```
/// What is learnt follows from the request and the recipe alone: the same bits for any number of threads, and
/// whether or not the run was stopped and resumed.
public final class Trainer {
  /// The recipe, settled.
  public let recipe: Recipe
  /// The labels, in the order of the logits.
  public let labels: [String]
  /// True where pixels have classes, not pictures.
  public var hasMasks: Bool { self.set.masks != nil }
  /// Pictures to learn from.
  public var imageCount: Int { self.set.samples.count }
  /// Pictures for validation.
  public var validationCount: Int { validator?.count ?? 0 }
  /// Trained numbers.
  public let parameterCount: Int
  /// What was found and decided before the first step, a line each.
  public let notes: [String]
  /// What of the folders was not taken.
  public let leftOut: LeftOut
  /// How the names of folders, or of a list, were matched with the classes.
  public var alignment: Alignment { self.set.alignment }

  let request: TrainingRequest
  let set: TrainingSet
  let model: StartingModel
  let validator: Validator?
  var state: TrainingState
  /// Held from the first look into the model folder, or from when it is made, to the end.
  var lock: FolderLock?
  /// The model folder, while nothing in it is worth keeping.
  var unfinished: Temporary?

  /// Looks through the data, settles the recipe and prepares the network; nothing is decoded or written yet, but
  /// every file is read once.
  ///
  /// Throws for data, a model, a recipe or an output that will not do: a class without images, an unknown
  /// architecture, a folder that holds something already.
  public init(_ given: TrainingRequest) throws(FoveaError) {
    lock = FileSystem.isDirectory(given.output) ? try FolderLock(given.output) : nil
    let resumed = try Self.stored(given)
    var request = given
    request.validation = given.validation ?? resumed?.validation
    request.appliesOrientation = given.appliesOrientation && resumed?.appliesOrientation != false
    request.namesLabels = given.dataset != nil || resumed?.namesLabels == true
    self.request = request
    let parts = try TrainingParts(request)
    let base: Recipe
    if let resumed { base = resumed.recipe } else { base = try Self.standard(request, parts.task) }
    recipe = try request.recipe(base)
    try recipe.validate(for: parts.task)
    let data = try TrainingData(
      request, parts, labels: Self.labelSet(request, resumed), part: recipe.validationPart,
      seed: recipe.seed)
    (set, labels, leftOut) = (data.training, data.training.labels, data.leftOut)
    if let resumed {
      try Self.check(resumed, recipe, data.training, request)
      model = try StartingModel(resuming: resumed, for: set, path: request.output)
      state = resumed
      state.validation = request.validation.map(FileSystem.canonical)
    } else {
      model = try StartingModel(
        architecture: request.architecture, from: request.start, for: set, recipe: recipe)
      state = TrainingState(
        recipe: recipe, configuration: model.configuration.json, taken: model.taken.sorted(),
        origin: model.origin, method: request.method.rawValue, labelSet: set.labelSet,
        validation: request.validation.map(FileSystem.canonical),
        dataDigest: set.digest(below: request.directory, threads: request.threads))
      state.appliesOrientation = request.appliesOrientation ? nil : false
      state.namesLabels = request.namesLabels ? true : nil
    }
    parameterCount = model.graph.trainedParameterCount
    validator = data.validation.map {
      Validator($0, threads: request.threads, limit: request.cacheBytes / 2)
    }
    notes = Self.notes(data, model, resumed)
  }

  /// The state to go on from: nil where a run begins. Throws where the output holds something else.
  private static func stored(_ request: TrainingRequest) throws(FoveaError) -> TrainingState? {
    let folder = request.output
    if request.resumes, FileSystem.exists(TrainingState.path(in: folder)) {
      return try TrainingState(folder: folder)
    }
    guard !FileSystem.exists(folder) || FileSystem.isDirectory(folder) else {
      throw FoveaError(
        path: folder, reason: "is there and is no folder", hint: "choose another place with -o",
        status: .cannotCreate)
    }
    let names = FileSystem.exists(folder) ? try FileSystem.names(in: folder) : []
    guard names.isEmpty else {
      let hint =
        names.contains("state.safetensors")
        ? "--resume goes on with the training in it; or choose another folder with -o"
        : "choose another folder with -o"
      throw FoveaError(path: folder, reason: "is there already", hint: hint, status: .cannotCreate)
    }
    return nil
  }

  /// The recipe of the task, at the size that the architecture, or the trained model, has.
  private static func standard(
    _ request: TrainingRequest, _ task: ModelTask
  ) throws(FoveaError) -> Recipe {
    var recipe = Recipe.standard(for: task, fineTuning: request.start != nil, method: request.method)
    guard task == .classification else {
      recipe.size = [288, 384]
      return recipe
    }
    if let name = request.architecture {
      let size = try ModelConfiguration(architecture: name).preprocessing
      recipe.size = [size.height, size.width]
    } else if let source = request.start {
      let size = try ModelFolder(source, task: task).configuration().preprocessing
      recipe.size = [size.height, size.width]
    }
    return recipe
  }

  /// The classes where they are not told from the folder: the label set that is named, or that the run began with.
  ///
  /// Throws where these two differ.
  private static func labelSet(
    _ request: TrainingRequest, _ resumed: TrainingState?
  ) throws(FoveaError) -> LabelSet? {
    guard let name = request.dataset else { return resumed?.labelSet }
    let set = try LabelSet.of(argument: name)
    if let resumed, resumed.labelSet?.json != set.json {
      throw began(with: "dataset", resumed.labelSet?.name, now: name, request)
    }
    return set
  }

  /// A run that is to go on with something else than it began with.
  private static func began(
    with key: String, _ old: String?, now new: String?, _ request: TrainingRequest
  ) -> FoveaError {
    FoveaError(
      path: TrainingState.path(in: request.output),
      reason: "began with another \(key): \(old ?? "none"), now \(new ?? "none")",
      hint: "leave --\(key) out to go on as it began, or begin anew in another folder with -o",
      status: .usage)
  }

  /// Refuses to go on with other data or another recipe than the run began with.
  private static func check(
    _ state: TrainingState, _ recipe: Recipe, _ set: TrainingSet, _ request: TrainingRequest
  ) throws(FoveaError) {
    let path = TrainingState.path(in: request.output)
    guard state.recipe == recipe else {
      let (old, new) = (state.recipe.json, recipe.json)
      let key = Recipe.CodingKeys.allCases.first { old[$0.rawValue] != new[$0.rawValue] }?.rawValue ?? ""
      throw FoveaError(
        path: path,
        reason: "began with another recipe: \(key) was \(old[key] ?? .null), now \(new[key] ?? .null)",
        hint: "leave the flags out to go on as it began, or begin anew in another folder with -o",
        status: .usage)
    }
    let architecture = try request.architecture.map { (name) throws(FoveaError) in
      try ModelConfiguration(architecture: name).name
    }
    let start = try request.start.map { (source) throws(FoveaError) in
      try ModelFolder(source, task: set.task).name
    }
    for (key, old, new) in [
      ("architecture", state.configuration["architecture"]?.string, architecture),
      ("init", state.origin, start),
    ] {
      guard new == nil || new == old else { throw began(with: key, old, now: new, request) }
    }
    guard state.appliesOrientation == false || request.appliesOrientation else {
      throw began(with: "no-orient", "upright pictures", now: "pictures as stored", request)
    }
    guard state.method == request.method.rawValue else {
      throw FoveaError(
        path: path, reason: "began to train \(state.method), not \(request.method.rawValue)",
        hint: "give --freeze as when it began", status: .usage)
    }
    // last, since it reads all files
    guard state.dataDigest == set.digest(below: request.directory, threads: request.threads) else {
      throw FoveaError(
        path: path, reason: "began with other pictures than those in \(request.directory)",
        hint: "give it the same pictures, and --validation as when it began, or begin anew in another folder "
          + "with -o", status: .usage)
    }
  }

  private static func notes(_ data: TrainingData, _ model: StartingModel, _ resumed: TrainingState?)
    -> [String]
  {
    var notes = data.notes
    let validation = data.validation.map { ", \($0.samples.count) more for validation" } ?? ""
    notes.append(
      "\(data.training.samples.count) images of \(data.training.labels.count) classes\(validation)")
    notes.append("\(model.configuration.name), \(model.graph.trainedParameterCount) parameters")
    if let origin = model.origin, resumed == nil {
      let count = model.graph.parameters.filter { !model.taken.contains($0.path) }.count
      notes.append("\(model.taken.count) tensors taken over from \(origin), \(count) new")
    }
    notes += model.notes
    if let resumed { notes.append("resumed after step \(resumed.step)") }
    return notes
  }
}
