import ArgumentParser
import Fovea

/// `fovea eval`: a model's accuracy on a data set.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure a model's accuracy on a folder of labelled pictures.",
    discussion: """
      The layout 'folders' is one sub-folder a class, named by its label; 'pairs' is images/ beside masks/ (or \
      labels/, annotations/) with equal names, whose ids the data set's label set maps to classes; 'list' is a CSV \
      of pictures and classes. Of train/, val/ and test/ the part is measured that is no train/.

      EXAMPLES
        fovea eval data/tiny_imagenet/val
        fovea eval data/camvid/test --layout pairs --dataset camvid --json
        {"miou":0.625,"pixel_accuracy":0.894,"images":233,"classes":[…]}
      """)

  @Argument(help: "The data set's folder.")
  var directory: String
  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Data set") var data: DatasetArguments
  @Option(
    help: ArgumentHelp("The part to measure with, where there are several.", valueName: "train, val or test"))
  var split: DatasetSplit?
  @Flag(help: "Print a JSON object.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func run() throws {
    var options = data.options
    if let name = data.dataset { _ = try LabelSet.of(argument: name) }
    // the model inside the binary is that of the layout
    if model.model != nil { options.expectsMasks = try model.source.task == .segmentation }
    let dataset = try Dataset(directory, options: options)
    let part = try dataset.measured(split)
    if part.directory != directory { Messages.tell("\(directory): measuring with \(part.directory)") }
    let outcome = EvaluationOutcome(part, isStrict: data.strict)
    if part.layout == .pairs { try segment(outcome) } else { try classify(outcome) }
    try outcome.finish()
  }

  private func classify(_ outcome: EvaluationOutcome) throws {
    let classifier = try Classifier(model.source, options: running.options)
    Messages.tell(of: classifier.model)
    let classes =
      try data.dataset.map { (name) throws(FoveaError) in
        try classifier.model.classNames(known: LabelSet.of(argument: name), path: name)
      } ?? classifier.model.classNames
    let pictures = try LabelledPictures(outcome.part, classes: classes)
    try outcome.begin(pictures.leftOut, pictures.alignment, count: pictures.samples.count)
    let bar = ProgressBar(total: pictures.samples.count)
    let score = try Evaluator.classify(
      pictures, with: classifier, images: images.options, progress: { bar?.advance() },
      failed: outcome.report)
    bar?.finish()
    guard outcome.isMeasured(score.images) else { return }
    if score.undecided > 0 {
      Messages.tell("\(directory): \(score.undecided) pictures whose logits are no numbers count as wrong")
    }
    guard !json else {
      let answer: [(key: String, value: OrderedJSON)] = [
        ("top1", .number(score.top1)), ("top5", .number(score.top5)), ("images", .integer(score.images)),
      ]
      return StandardOutput.shared.line(
        OrderedJSON.object(answer + outcome.json).with("undecided", count: score.undecided))
    }
    StandardOutput.shared.line(
      "top-1 \(percent(score.top1))  top-5 \(percent(score.top5))  of \(score.images) images\(outcome.caveat)"
    )
  }

  private func segment(_ outcome: EvaluationOutcome) throws {
    let segmenter = try Segmenter(model.source, options: running.options)
    Messages.tell(of: segmenter.model)
    let (masks, alignment) = try MaskPairs.reader(
      of: outcome.part, dataset: data.dataset, for: segmenter.model)
    let pairs = try MaskPairs(outcome.part)
    try outcome.begin(pairs.leftOut, alignment, count: pairs.pairs.count)
    let bar = ProgressBar(total: pairs.pairs.count)
    let matrix = try Evaluator.segment(
      pairs, masks: masks, with: segmenter, images: images.options, progress: { bar?.advance() },
      failed: outcome.report)
    bar?.finish()
    guard outcome.isMeasured(matrix.images) else { return }
    guard matrix.pixels > 0 else { return outcome.fail(FoveaError(unlabelled: outcome.part.directory)) }
    tell(matrix, labels: segmenter.labels, outcome)
  }

  private func tell(_ matrix: ConfusionMatrix, labels: [String], _ outcome: EvaluationOutcome) {
    let undecided = matrix.undecided.reduce(0, +)
    if undecided > 0 {
      Messages.tell("\(directory): \(undecided) pixels whose logits are no numbers count as wrong")
    }
    guard !json else {
      let classes: [OrderedJSON] = labels.enumerated().map { index, label in
        ["label": .string(label), "iou": matrix.iou(index).map(OrderedJSON.number) ?? .null]
      }
      let answer: [(key: String, value: OrderedJSON)] = [
        ("miou", .number(matrix.meanIoU)), ("pixel_accuracy", .number(matrix.pixelAccuracy)),
        ("images", .integer(matrix.images)), ("classes", .array(classes)),
      ]
      return StandardOutput.shared.line(
        OrderedJSON.object(answer + outcome.json).with("undecided", count: undecided))
    }
    for (index, label) in labels.enumerated() {
      StandardOutput.shared.line("  \(matrix.iou(index).map(percent) ?? "     -")  \(label)")
    }
    StandardOutput.shared.line(
      "mIoU \(percent(matrix.meanIoU))  pixel accuracy \(percent(matrix.pixelAccuracy))\(outcome.caveat)")
  }
}
