import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTraining

/// A run under way: the network, its batches, and the clock.
final class TrainingRun {
  private let trainer: Trainer
  private let material: TrainingMaterial
  private let groups: [ParameterGroup]
  private var phase: TrainingPhase?
  private let clock = ContinuousClock()
  /// When the state was written, or read; nil before.
  private var lastSave: ContinuousClock.Instant?
  private var lastStep: ContinuousClock.Instant
  /// Images a second of the steps so far, the last ones counting most.
  private var speed = 0.0

  private var recipe: Recipe { trainer.recipe }
  private var stepsPerEpoch: Int { material.stepsPerEpoch }
  private var totalSteps: Int { stepsPerEpoch * recipe.epochs }

  /// Prepares the network, and goes on from the state where there is one.
  init(_ trainer: Trainer, _ report: (TrainingEvent) -> Void) throws(FoveaError) {
    self.trainer = trainer
    material = try TrainingMaterial(trainer, report)
    let store = material.learner.store
    groups =
      TrainedParameters(
        store, trainer.model, recipe: trainer.recipe, isFrozen: trainer.isFrozen
      ).groups
    if trainer.state.step > 0 {
      let path = TrainingState.path(in: trainer.request.output)
      try trainer.state.check(stepsPerEpoch: material.stepsPerEpoch, path: path)
      try material.learner.restore(from: path, steps: trainer.state.step)
      lastSave = clock.now
    }
    try trainer.makeFolder()
    lastStep = clock.now
  }

  /// True until the last epoch is done.
  var isUnderWay: Bool { trainer.state.step < totalSteps }

  /// Measures the epoch that a run had done and not yet measured when it ended.
  func resume(_ report: (TrainingEvent) -> Void) throws(FoveaError) {
    guard trainer.state.records.count < trainer.state.step / stepsPerEpoch else { return }
    try finishEpoch(report)
  }

  /// Learns from one batch; keeps the state after the first one of a run, every few minutes and at the end of an
  /// epoch, which is measured then.
  func step(_ report: (TrainingEvent) -> Void) throws(FoveaError) {
    let step = trainer.state.step
    let value = try learn(step: step)
    for error in material.newErrors() { report(.skipped(error)) }
    trainer.state.step = step + 1
    trainer.state.lossSum += value
    let seconds = elapsed(since: &lastStep)
    trainer.state.stepSeconds += seconds
    trainer.state.epochSeconds += seconds
    let now = Double(recipe.batch) / max(seconds, 1e-9)
    speed = speed == 0 ? now : speed + (now - speed) * 0.05
    report(.step(progress))
    if trainer.state.step % stepsPerEpoch == 0 {
      try save()
      try finishEpoch(report)
    } else if isSaveDue {
      try save()
    }
  }

  /// The learning rate of a step.
  private func rate(at step: Int) -> Double {
    recipe.rate * recipe.learningRates.factor(at: step, of: totalSteps)
  }

  /// Forward, loss, backward, and a step of the optimiser.
  private func learn(step: Int) throws(FoveaError) -> Double {
    let value = try phase(at: step).gradients(step: step)
    let norm = material.learner.step(groups, rate: rate(at: step), clip: recipe.clip)
    guard value.isFinite, norm.isFinite else {
      throw FoveaError(
        path: trainer.request.output, reason: "the loss is no number any more at step \(step + 1)",
        hint: "begin anew in another folder with -o, at a lower rate or with a longer warmup in the recipe",
        status: .badData)
    }
    return value
  }

  /// The phase of a step; that before it is gone when the next is planned.
  private func phase(at step: Int) throws(FoveaError) -> TrainingPhase {
    if let phase, phase.steps.contains(step) { return phase }
    phase = nil
    let next = try material.phase(from: step)
    phase = next
    return next
  }

  private var progress: TrainingProgress {
    let state = trainer.state
    let inEpoch = (state.step - 1) % stepsPerEpoch + 1
    let left = Double(totalSteps - state.step) * Double(recipe.batch) / max(speed, 1e-9)
    return TrainingProgress(
      epoch: (state.step - 1) / stepsPerEpoch + 1, epochs: recipe.epochs, step: inEpoch, steps: stepsPerEpoch,
      loss: state.lossSum / Double(inEpoch), imagesPerSecond: speed, secondsLeft: left)
  }

  /// Writes the model and measures it. The state was kept before, so that whoever ends the run meanwhile finds the
  /// epoch done, and measures it then.
  private func finishEpoch(_ report: (TrainingEvent) -> Void) throws(FoveaError) {
    let step = trainer.state.step
    var record = EpochRecord(
      epoch: step / stepsPerEpoch, step: step, rate: rate(at: step - 1),
      loss: trainer.state.lossSum / Double(stepsPerEpoch), imagesPerSecond: 0, seconds: 0)
    let output = trainer.folder
    try output.write(records: trainer.state.records, measured: nil, values: material.answering)
    let score = try trainer.validator?.score(trainer.request.output) { report(.skipped($0)) }
    (record.validationLoss, record.score, record.secondScore) = (score?.loss, score?.first, score?.second)
    trainer.state.epochSeconds += elapsed(since: &lastStep)
    record.imagesPerSecond =
      Double(recipe.batch * stepsPerEpoch) / max(trainer.state.stepSeconds, 1e-9)
    record.seconds = trainer.state.epochSeconds
    trainer.state.records.append(record)
    (trainer.state.lossSum, trainer.state.stepSeconds, trainer.state.epochSeconds) = (0, 0, 0)
    try trainer.folder.describe(records: trainer.state.records, measured: trainer.measured(score))
    report(.epoch(record))
    if !isUnderWay || isSaveDue { try save() }
    _ = elapsed(since: &lastStep)
  }

  /// True where the state was never written, or long ago.
  private var isSaveDue: Bool {
    lastSave.map { clock.now - $0 >= .seconds(recipe.saveMinutes * 60) } ?? true
  }

  /// Writes the state, from which the run goes on to the same bits.
  func save() throws(FoveaError) {
    let path = TrainingState.path(in: trainer.request.output)
    try material.learner.save(trainer.state.text(for: path), to: path)
    trainer.keepFolder()
    lastSave = clock.now
    _ = elapsed(since: &lastStep)
  }

  private func elapsed(since start: inout ContinuousClock.Instant) -> Double {
    let now = clock.now
    defer { start = now }
    return (now - start) / .seconds(1)
  }
}
