import FoveaModels
import FoveaTraining

/// How a model is trained: every number that decides the result, beside the data and the start.
///
/// As a file it is a JSON object of these keys; what it leaves out has the defaults of the task.
public struct Recipe: Codable, Hashable, Sendable {
  /// Passes over the training images.
  public var epochs: Int
  /// Images a step.
  public var batch: Int
  /// H and W of the images that the network learns from.
  public var size: [Int]
  /// H and W in the first epochs, which are quicker at a smaller size; empty for the same all the time.
  public var earlySize: [Int]
  /// The part of the epochs that learn from `earlySize`.
  public var earlyPart: Double
  /// H and W that the model answers at, and is measured at; empty for `size`. Random crops show things larger than
  /// whole pictures do, so that a quarter more can be worth some points (Touvron et al., "Fixing the train-test
  /// resolution discrepancy", 2019).
  public var answerSize: [Int]
  /// Where the random numbers begin.
  public var seed: UInt64
  /// What feature maps and their gradients are made of, `f32` or `bf16`.
  public var precision: Precision
  /// `adamw` or `sgd`.
  public var optimiser: OptimiserKind
  /// The greatest learning rate.
  public var rate: Double
  /// What the rate of taken-over parameters is multiplied by.
  public var backboneRate: Double
  /// Weight decay, of matrices and kernels alone.
  public var decay: Double
  /// μ of SGD, β₁ of AdamW.
  public var momentum: Double
  /// β₂ of AdamW.
  public var squareMomentum: Double
  /// `one_cycle`, `cosine` or `constant`.
  public var schedule: ScheduleKind
  /// The part of the steps in which the rate rises.
  public var warmup: Double
  /// The greatest norm of all gradients; 0 does not clip.
  public var clip: Double
  /// What the average of the weights keeps in a step; 0 takes no average.
  public var average: Double
  /// The part of a target that is spread over all classes.
  public var labelSmoothing: Double
  /// `none`, `balanced`: rare classes of pixels count for more, or `root`: for as much more as the root of that.
  public var classWeights: ClassWeighting
  /// How much of the logarithm of the classes' weights is taken off the logits of the model that is written: with
  /// weights a network answers rare classes more often than they occur, which 1 undoes (prior correction: King and
  /// Zeng, "Logistic regression in rare events data", 2001).
  public var priorCorrection: Double
  /// The weight of the Dice loss beside a segmenter's cross entropy.
  public var dice: Double
  /// α of mixup; 0 leaves it out. For a classifier.
  public var mixup: Double
  /// α of CutMix; 0 leaves it out.
  public var cutmix: Double
  /// The probability at which the last residual branch is left out, growing evenly from the first.
  public var dropPath: Double
  /// The probability at which a feature is left out before the classes.
  public var dropout: Double
  /// What is done to images.
  public var augment: Augmentation
  /// The part of the images that is kept for validation where no folder of them is given.
  public var validationPart: Double
  /// Minutes between two saves of the state.
  public var saveMinutes: Double

  /// An optimiser by name.
  public enum OptimiserKind: String, Codable, Sendable, CaseIterable {
    case adamw, sgd
  }

  /// A schedule by name.
  public enum ScheduleKind: String, Codable, Sendable, CaseIterable {
    case oneCycle = "one_cycle"
    case cosine, constant
  }

  /// How much a class counts.
  public enum ClassWeighting: String, Codable, Sendable, CaseIterable {
    case none, root, balanced
  }

  /// What is done to images, so that no two are alike.
  public struct Augmentation: Codable, Hashable, Sendable {
    /// A classifier: the part of the photo's area that is seen. A segmenter: the scale at which it is seen.
    public var scale: [Double]
    /// The proportions of the part that is seen, beside the input's own; for a classifier.
    public var ratio: [Double]
    /// Mirror half of the images.
    public var flip: Bool
    /// The most that brightness, contrast and saturation change.
    public var color: Double
    /// How many random operations (turn, shear, shift, contrast, …) an image goes through; a segmenter's are those
    /// that leave every pixel in its place.
    public var operations: Int
    /// How strong they are, 0 to 10.
    public var magnitude: Double
    /// The probability that a rectangle is filled with the mean colour; for a classifier.
    public var erase: Double
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case epochs, batch, size, seed, precision, optimiser, rate, decay, momentum, schedule, warmup, clip,
      average
    case dice, mixup, cutmix, dropout, augment
    case earlySize = "early_size"
    case earlyPart = "early_part"
    case answerSize = "answer_size"
    case backboneRate = "backbone_rate"
    case squareMomentum = "square_momentum"
    case labelSmoothing = "label_smoothing"
    case classWeights = "class_weights"
    case priorCorrection = "prior_correction"
    case dropPath = "drop_path"
    case validationPart = "validation_part"
    case saveMinutes = "save_minutes"
  }
}

extension Recipe {
  /// What is taken for a task where nothing else is said, from scratch or from a trained model.
  public static func standard(
    for task: ModelTask, fineTuning: Bool = false, method: TrainingRequest.Method = .whole
  ) -> Recipe {
    var recipe = Recipe(
      epochs: 30, batch: 128, size: [64, 64], earlySize: [], earlyPart: 0.5, answerSize: [], seed: 0,
      precision: .float32, optimiser: .adamw, rate: 2e-3,
      backboneRate: 0.1, decay: 0.05, momentum: 0.9, squareMomentum: 0.999, schedule: .oneCycle, warmup: 0.2,
      clip: 5, average: 0.9995, labelSmoothing: 0.1, classWeights: .none, priorCorrection: 0, dice: 0,
      mixup: 0, cutmix: 0,
      dropPath: 0, dropout: 0,
      augment: Augmentation(
        scale: [0.35, 1], ratio: [0.75, 4.0 / 3], flip: true, color: 0.3, operations: 0, magnitude: 5,
        erase: 0),
      validationPart: 0.1, saveMinutes: 5)
    if task == .segmentation {
      recipe.epochs = 60
      recipe.batch = 6
      recipe.rate = 1.5e-3
      recipe.average = 0.998
      recipe.labelSmoothing = 0
      recipe.classWeights = .balanced
      recipe.augment.scale = [0.6, 1.8]
    }
    if fineTuning {
      recipe.epochs = task == .segmentation ? 40 : 15
      recipe.batch = task == .segmentation ? 6 : 32
      recipe.average = 0.99
      recipe.rate = 1e-3
    }
    if method == .head, task == .classification {
      // features are computed once, so that an epoch is cheap
      recipe.epochs = 30
      recipe.batch = 64
      recipe.rate = 5e-3
    }
    return recipe
  }

  /// The height of the images that the network learns from.
  var height: Int { size[0] }
  /// Their width.
  var width: Int { size[1] }

  /// The schedule with its numbers.
  var learningRates: LearningRateSchedule {
    switch schedule {
    case .oneCycle: .oneCycle(warmup: warmup)
    case .cosine: .cosine(warmup: warmup)
    case .constant: .constant
    }
  }
}
