import ArgumentParser
import Fovea

/// `fovea eval`: a model's accuracy on a data set.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure a model's accuracy on a folder of labelled pictures.",
    discussion: """
      The layout 'folders' is one sub-folder a class, named by its label; 'pairs' is images/ beside masks/ with \
      equal stems, whose ids the data set's label set maps to classes.

      EXAMPLES
        fovea eval data/tiny_imagenet/val
        fovea eval data/camvid/test --layout pairs --dataset camvid --json
        {"miou":0.625,"pixel_accuracy":0.894,"images":233,"classes":[…]}
      """)

  /// How a data set is laid out.
  enum Layout: String, ExpressibleByArgument, CaseIterable {
    case folders, pairs
  }

  @Argument(help: "The data set's folder.")
  var directory: String
  @OptionGroup(title: "Model") var model: ModelArguments
  @Option(help: "How the folder is laid out; without it told from the folder itself.")
  var layout: Layout?
  @Option(
    help: ArgumentHelp(
      "The label set of the masks, a name or a labels.json; without it the model's.",
      valueName: "name or file"))
  var dataset: String?
  @Flag(help: "Print a JSON object.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func run() throws {
    guard FileSystem.isDirectory(directory) else {
      throw FoveaError(
        path: directory, reason: FileSystem.exists(directory) ? "is not a directory" : "no such directory",
        hint: "name the folder of a data set",
        status: .cannotOpen)
    }
    let tally = EvaluationFailures()
    switch layout ?? (MaskPairs.isLayout(of: directory) ? .pairs : .folders) {
    case .folders: try classify(tally)
    case .pairs: try segment(tally)
    }
    try tally.finish()
  }

  private func classify(_ failures: EvaluationFailures) throws {
    let classifier = try Classifier(model.source, options: running.options)
    Messages.tell(of: classifier.model)
    let labels =
      try dataset.map { (name) throws(FoveaError) in try LabelSet.of(argument: name) }
      ?? classifier.model.labelSet
    let folders = try LabelledFolders(
      directory, labels: classifier.labels, synsets: labels?.classes.map(\.synset) ?? [])
    if let note = folders.note { Messages.tell("\(directory): \(note)") }
    let bar = ProgressBar(total: folders.samples.count)
    let score = try Evaluator.classify(
      folders, with: classifier, images: images.options, progress: { bar?.advance() },
      failed: failures.report)
    bar?.finish()
    guard score.images > 0 else { return }
    if score.undecided > 0 {
      Messages.tell("\(directory): \(score.undecided) pictures whose logits are no numbers count as wrong")
    }
    guard !json else {
      let answer: OrderedJSON = [
        "top1": .number(score.top1), "top5": .number(score.top5), "images": .integer(score.images),
      ]
      return StandardOutput.shared.line(answer.with("undecided", count: score.undecided))
    }
    StandardOutput.shared.line(
      "top-1 \(percent(score.top1))  top-5 \(percent(score.top5))  of \(score.images) images")
  }

  private func segment(_ failures: EvaluationFailures) throws {
    let segmenter = try Segmenter(model.source, options: running.options)
    Messages.tell(of: segmenter.model)
    let masks = try MaskReader(labelSet(of: segmenter))
    let pairs = try MaskPairs(directory)
    let bar = ProgressBar(total: pairs.pairs.count)
    let matrix = try Evaluator.segment(
      pairs, masks: masks, with: segmenter, images: images.options, progress: { bar?.advance() },
      failed: failures.report)
    bar?.finish()
    if matrix.images > 0 { tell(matrix, labels: segmenter.labels) }
  }

  private func labelSet(of segmenter: Segmenter) throws(FoveaError) -> LabelSet {
    if let dataset { return try LabelSet.of(argument: dataset) }
    guard let labels = segmenter.model.labelSet else {
      throw FoveaError(
        path: segmenter.model.path, reason: "names no label set", hint: "name one with --dataset",
        status: .usage)
    }
    return labels
  }

  private func tell(_ matrix: ConfusionMatrix, labels: [String]) {
    let undecided = matrix.undecided.reduce(0, +)
    if undecided > 0 {
      Messages.tell("\(directory): \(undecided) pixels whose logits are no numbers count as wrong")
    }
    guard !json else {
      let classes: [OrderedJSON] = labels.enumerated().map { index, label in
        ["label": .string(label), "iou": matrix.iou(index).map(OrderedJSON.number) ?? .null]
      }
      let answer: OrderedJSON = [
        "miou": .number(matrix.meanIoU), "pixel_accuracy": .number(matrix.pixelAccuracy),
        "images": .integer(matrix.images), "classes": .array(classes),
      ]
      return StandardOutput.shared.line(answer.with("undecided", count: undecided))
    }
    for (index, label) in labels.enumerated() {
      StandardOutput.shared.line("  \(matrix.iou(index).map(percent) ?? "     -")  \(label)")
    }
    StandardOutput.shared.line(
      "mIoU \(percent(matrix.meanIoU))  pixel accuracy \(percent(matrix.pixelAccuracy))")
  }
}

/// Reports pictures that could not be read, and remembers their statuses.
final class EvaluationFailures {
  private var tally = FailureTally()

  func report(_ error: FoveaError) {
    tally.note(error)
    Messages.report(error)
  }

  func finish() throws(Failures) {
    try tally.finish()
  }
}
