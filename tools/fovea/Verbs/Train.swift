import ArgumentParser
import Fovea

/// `fovea train`: from a folder of labelled pictures to a model folder.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a classifier or a segmenter on a folder of labelled pictures.",
    discussion: """
      The layout 'folders' is one sub-folder a class; 'pairs' is images/ beside masks/ (or labels/, annotations/) \
      with equal names; 'list' is a CSV of pictures and classes. Where DIR holds train/, that is taken, with val/ for \
      validation; without a folder for it a part of the pictures is put aside.
      MODEL becomes a model folder, written anew after every epoch, with recipe.json, summary.csv, curve.png and \
      the state to go on from. The same seed gives the same weights, with any number of threads and whether or \
      not the run was stopped in between.

      EXAMPLES
        fovea train photos -o models/mine --architecture fovea_small --epochs 30
        fovea train photos -o models/mine --init fovea_small_tiny_imagenet --few
        fovea train camvid -o models/streets --architecture fovea_small --dataset camvid --size 288x384
        fovea train photos -o models/mine --resume
      """)

  /// What of a trained model stays.
  enum Frozen: String, ExpressibleByArgument, CaseIterable {
    case backbone
  }

  @Argument(help: ArgumentHelp("The folder of pictures.", valueName: "dir"))
  var directory: String
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("The model folder to write.", valueName: "model"))
  var output: String
  @Option(
    help: ArgumentHelp(
      "The architecture to train (see 'fovea models'), or a config.json with its numbers.", valueName: "name")
  )
  var architecture: String?
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "The trained model to begin with, by name or folder, of any family; its classes are replaced.",
      valueName: "model"))
  var start: String?
  @Option(
    help: "Leave what was taken over from --init as it is, compute its features once, and train the rest.")
  var freeze: Frozen?
  @Flag(help: "Fit the layer of the classes alone, in closed form: seconds, for few pictures.")
  var few = false
  @OptionGroup(title: "Data set") var data: DatasetArguments
  @Option(
    help: ArgumentHelp(
      "A folder of pictures for validation; without it a part of those to learn from, or on --resume as before.",
      valueName: "dir"))
  var validation: String?
  @Flag(help: "Leave pictures as they are stored, whatever their EXIF orientation says.")
  var noOrient = false
  @OptionGroup(title: "Recipe") var recipe: RecipeArguments
  @Flag(help: "Go on with the training in the model folder, where there is one.")
  var resume = false
  @Flag(help: "Print a JSON object an epoch.")
  var json = false
  @Option(help: "Threads; without it one a processor. The results are the same for any number.")
  var threads: ThreadCount?
  @Option(
    help: ArgumentHelp(
      "Keep decoded pictures or features up to this; without it a quarter of the machine's memory.",
      valueName: "bytes, 512M, 4G"))
  var cache: ByteCount?

  func validate() throws {
    guard start != nil || resume || (freeze == nil && !few) else {
      throw ValidationError("--freeze and --few need a trained model: name one with --init")
    }
    guard !few || freeze == nil else { throw ValidationError("give either --few or --freeze") }
    guard architecture != nil || start != nil || resume else {
      throw ValidationError("name what to train: --architecture NAME, or --init MODEL")
    }
  }

  func run() throws {
    var request = TrainingRequest(directory: directory, output: try OutputFile.folder(output))
    request.architecture = architecture
    request.start = start.map(ModelSource.init(argument:))
    request.method = few ? .few : freeze == nil ? .whole : .head
    (request.layout, request.list, request.maskSuffix) = (data.layout, data.labels, data.maskSuffix)
    (request.dataset, request.isStrict) = (data.dataset, data.strict)
    request.appliesOrientation = !noOrient
    request.validation = validation
    let recipe = recipe
    request.recipe = { (base) throws(FoveaError) in try recipe.settled(base) }
    request.resumes = resume
    request.threads = threads?.value
    request.cacheLimit = cache?.value
    let trainer = try Trainer(request)
    let teller = TrainingTeller(trainer, json: json)
    try trainer.run(shouldStop: { StopSignal.hasCome }) { event in
      // from the first step on there is something to keep
      if case .step = event { StopSignal.heed() }
      teller.tell(event)
    }
    teller.finish()
    StopSignal.obey()
    if !json {
      StandardOutput.shared.line("\(output)  \(trainer.parameterCount) parameters")
    }
  }
}
