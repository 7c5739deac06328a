import Fovea

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Tells how a training goes: a line that renews itself on a terminal, else a line a minute, and one an epoch.
final class TrainingTeller {
  private let json: Bool
  private let hasMasks: Bool
  private let alignment: Alignment
  private var leftOut: LeftOut
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let clock = ContinuousClock()
  private var lastLine: ContinuousClock.Instant
  private var hasLine = false

  init(_ trainer: Trainer, json: Bool) {
    (self.json, hasMasks) = (json, trainer.hasMasks)
    (alignment, leftOut) = (trainer.alignment, trainer.leftOut)
    lastLine = clock.now
  }

  func tell(_ event: TrainingEvent) {
    switch event {
    case .note(let text):
      clear()
      Messages.tell(text)
    case .skipped(let error):
      clear()
      leftOut.add(.unreadableImage, error.path)
      Messages.report(error)
    case .step(let progress): draw(progress)
    case .fitted(let fit):
      clear()
      if json { StandardOutput.shared.line(object(fit)) }
    case .epoch(let record):
      clear()
      if json { StandardOutput.shared.line(object(record)) }
      if !json || isTerminal { Messages.tell(line(record)) }
    }
  }

  /// Takes the line away.
  func finish() { clear() }

  private func clear() {
    guard hasLine else { return }
    writeAll("\r\u{1b}[K", to: STDERR_FILENO)
    hasLine = false
  }

  private func draw(_ progress: TrainingProgress) {
    let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(60)
    guard clock.now - lastLine >= pause else { return }
    lastLine = clock.now
    let text =
      "epoch \(progress.epoch)/\(progress.epochs)  step \(progress.step)/\(progress.steps)  "
      + "loss \(rounded(progress.loss, 3))  \(Int(progress.imagesPerSecond)) images/s  "
      + "\(duration(progress.secondsLeft)) left"
    guard isTerminal else { return Messages.tell(text) }
    writeAll("\r\u{1b}[K\(text)", to: STDERR_FILENO)
    hasLine = true
  }

  private func line(_ record: EpochRecord) -> String {
    var parts = ["epoch \(record.epoch)", "loss \(rounded(record.loss, 3))"]
    if let loss = record.validationLoss { parts.append("validation \(rounded(loss, 3))") }
    if let score = record.score { parts.append("\(hasMasks ? "mIoU" : "top-1") \(percent(score))") }
    if let score = record.secondScore { parts.append("\(hasMasks ? "pixels" : "top-5") \(percent(score))") }
    parts.append("\(Int(record.imagesPerSecond)) images/s")
    parts.append(duration(record.seconds))
    return parts.joined(separator: "  ")
  }

  private func object(_ record: EpochRecord) -> OrderedJSON {
    func number(_ value: Double?) -> OrderedJSON { value.map(OrderedJSON.number) ?? .null }
    return [
      "epoch": .integer(record.epoch), "step": .integer(record.step), "rate": .number(record.rate),
      "loss": .number(record.loss), "validation_loss": number(record.validationLoss),
      hasMasks ? "miou" : "top1": number(record.score),
      hasMasks ? "pixel_accuracy" : "top5": number(record.secondScore),
      "images_per_second": .number(record.imagesPerSecond), "seconds": .number(record.seconds),
      "aligned": .string(alignment.rawValue), "left_out": leftOut.json,
    ]
  }

  private func object(_ fit: HeadFit) -> OrderedJSON {
    func number(_ value: Double?) -> OrderedJSON { value.map(OrderedJSON.number) ?? .null }
    return [
      "images": .integer(fit.images), "left_out_top1": .number(fit.leftOutAccuracy),
      "top1": number(fit.score), "top5": number(fit.secondScore),
      "aligned": .string(alignment.rawValue), "left_out": leftOut.json,
    ]
  }

  private func rounded(_ value: Double, _ digits: Int) -> String {
    let factor = pow(10.0, Double(digits))
    return "\((value * factor).rounded() / factor)"
  }

  /// "2 h 5 min", "12 min", "40 s".
  private func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e8 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return whole >= 100 ? "\((whole + 30) / 60) min" : "\(whole) s"
  }
}
