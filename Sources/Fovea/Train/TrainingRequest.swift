import FoveaModels

/// What is to be learnt, from what, and where the result goes.
public struct TrainingRequest: Sendable {
  /// How a trained model's backbone is treated.
  public enum Method: String, Sendable, Hashable {
    /// All parameters learn; those that were taken over at the backbone's rate.
    case whole
    /// What was taken over stays; its features are computed once.
    case head
    /// The layer of the classes is computed in closed form from frozen features.
    case few
  }

  /// The folder of training pictures; of one in parts `train` is taken, with `val` where it is there.
  public var directory: String
  /// The model folder to write.
  public var output: String
  /// The architecture's name, or a config.json with its numbers; nil is that of `start`.
  public var architecture: String?
  /// A trained model to begin with; nil begins from random numbers.
  public var start: ModelSource?
  /// What learns.
  public var method = Method.whole
  /// The layout; nil is told from the folder.
  public var layout: DatasetLayout?
  /// A file that lists pictures with their classes; nil looks for one.
  public var list: String?
  /// What masks' names have behind their pictures'; nil takes what is known.
  public var maskSuffix: String?
  /// True refuses what would be left out, and classes in order.
  public var isStrict = false
  /// False leaves pictures as they are stored, whatever EXIF says; on resuming as the run began.
  public var appliesOrientation = true
  /// A label set's name, or a file of one; nil is told from the folder, or on resuming what the run began with.
  public var dataset: String?
  /// A folder of pictures for validation; nil takes a part of the training pictures, or on resuming what the run
  /// began with.
  public var validation: String?
  /// Settles the recipe: it is given the defaults of the task, or on resuming what the run began with.
  public var recipe: @Sendable (Recipe) throws(FoveaError) -> Recipe = { (recipe) throws(FoveaError) in recipe
  }
  /// True goes on from the state in `output`, where there is one.
  public var resumes = false
  /// Threads of the steps, and of the loader; nil takes one a processor. Results are the same for any number.
  public var threads: Int?
  /// Bytes of decoded pictures, or of features, that are kept; nil takes a quarter of the machine's memory.
  public var cacheLimit: Int?

  /// True where the label set was named, and is that of all masks; on resuming as the run began.
  var namesLabels = false

  /// A request for a folder's classes.
  public init(directory: String, output: String) {
    self.directory = directory
    self.output = output
  }

  /// Bytes of decoded pictures that are kept.
  var cacheBytes: Int { cacheLimit ?? MachineMemory.total / 4 }
}
