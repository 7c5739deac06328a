/// What a training tells while it runs.
public enum TrainingEvent: Sendable {
  /// What was found, or decided: a line.
  case note(String)
  /// A picture that cannot be read, and is left out.
  case skipped(FoveaError)
  /// A step is done.
  case step(TrainingProgress)
  /// An epoch is done.
  case epoch(EpochRecord)
  /// The layer of the classes is fitted in closed form.
  case fitted(HeadFit)
}

/// What a fit of the layer of the classes in closed form came to.
public struct HeadFit: Sendable, Hashable {
  /// Pictures that it was fitted to.
  public var images: Int
  /// The part of them that is right in a fit without them, 0 to 1.
  public var leftOutAccuracy: Double
  /// Top-1 accuracy on the validation set, 0 to 1; nil without one.
  public var score: Double?
  /// Top-5 accuracy there.
  public var secondScore: Double?
}

/// How far a training is.
public struct TrainingProgress: Sendable, Hashable {
  /// The epoch under way, from 1.
  public var epoch: Int
  /// Epochs in all.
  public var epochs: Int
  /// Steps of the epoch that are done.
  public var step: Int
  /// Steps of an epoch.
  public var steps: Int
  /// The mean loss of the epoch so far.
  public var loss: Double
  /// Images a second since the run began or was resumed, validation left out.
  public var imagesPerSecond: Double
  /// Seconds until the end, if it goes on like this.
  public var secondsLeft: Double
}

/// What an epoch came to.
public struct EpochRecord: Sendable, Hashable, Codable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Steps since the beginning.
  public var step: Int
  /// The learning rate of its last step.
  public var rate: Double
  /// The mean loss of its steps.
  public var loss: Double
  /// The mean cross entropy on the validation set; nil for a segmenter, or without a set.
  public var validationLoss: Double?
  /// Top-1 accuracy, or the mean IoU, 0 to 1.
  public var score: Double?
  /// Top-5 accuracy, or the pixel accuracy, 0 to 1.
  public var secondScore: Double?
  /// Images a second, validation left out.
  public var imagesPerSecond: Double
  /// Seconds that the epoch took, with validation.
  public var seconds: Double
}
