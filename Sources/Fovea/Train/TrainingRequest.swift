import FoveaModels

/// What is to be learnt, from what, and where the result goes.
public struct TrainingRequest: Sendable {
  /// How pictures and their truth lie in a folder.
  public enum Layout: String, Sendable, CaseIterable {
    /// One sub-folder a class.
    case folders
    /// `images/` beside `masks/` with equal stems.
    case pairs
  }

  /// How a trained model's backbone is treated.
  public enum Method: String, Sendable, Hashable {
    /// All parameters learn; those that were taken over at the backbone's rate.
    case whole
    /// What was taken over stays; its features are computed once.
    case head
    /// The layer of the classes is computed in closed form from frozen features.
    case few
  }

  /// The folder of training pictures; where it holds `train`, that is taken, with `val` where it is there.
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
  public var layout: Layout?
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

  /// A request for a folder's classes.
  public init(directory: String, output: String) {
    self.directory = directory
    self.output = output
  }

  /// Bytes of decoded pictures that are kept.
  var cacheBytes: Int { cacheLimit ?? MachineMemory.total / 4 }
}
