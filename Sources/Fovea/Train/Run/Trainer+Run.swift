import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTraining

extension Trainer {
  /// How a run ended.
  public enum Outcome: Sendable, Hashable {
    /// All epochs are done.
    case finished
    /// It was asked to stop, and its state is kept.
    case stopped
  }

  /// Trains to the end, or until `shouldStop` answers true after a step; the state is then kept.
  ///
  /// `report` is told of every step. Throws where a file cannot be written, no picture can be read, or the loss is
  /// no longer a number.
  @discardableResult
  public func run(
    shouldStop: () -> Bool = { false }, report: (TrainingEvent) -> Void
  ) throws(FoveaError) -> Outcome {
    for note in notes { report(.note(note)) }
    if request.method == .few {
      try fitHead(report)
      return .finished
    }
    let run = try TrainingRun(self, report)
    try run.resume(report)
    while run.isUnderWay {
      try run.step(report)
      if shouldStop(), run.isUnderWay {
        try run.save()
        report(.note("stopped after step \(state.step); --resume goes on"))
        return .stopped
      }
    }
    return .finished
  }
}
