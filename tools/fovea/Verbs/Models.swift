import ArgumentParser
import Fovea

/// `fovea models`: what can be run.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the models that are here, and the architectures that can be timed without weights.",
    discussion: """
      Models are looked for under ./models, the folders of $FOVEA_MODELS, share/fovea/models where fovea is \
      installed, and inside the binary.

      EXAMPLES
        fovea models
        fovea models efficientvit_b1 --plan --size 512x512
        fovea models mila_tiny --config > config.json
        fovea models efficientvit_b1 --plan --pass schedule
        fovea models fovea_nano_camvid --json
        {"name":"fovea_nano_camvid","kind":"embedded","task":"segmentation",…}
      """)

  @Argument(help: "Only this model or architecture, with its stages and attention blocks.")
  var name: String?
  @Flag(help: "With a name, a whole config.json of it: every number, how photos are prepared, the label set.")
  var config = false
  @Flag(help: "With a name, the steps in which the engine runs it: what is fused, how it is cut, its costs.")
  var plan = false
  @Option(help: ArgumentHelp("The input's size for --plan, height first.", valueName: "hxw"))
  var size: ImageSize?
  @Flag(help: "The plan for an image file whose rows pass through one by one, as segment runs it.")
  var rows = false
  @Option(
    help: ArgumentHelp(
      "With --plan, what a pass of planning made: lower (operations), schedule (groups) or layout (steps, memory).",
      valueName: "pass"))
  var pass: PlanPass?
  @OptionGroup(title: "Running") var running: RunArguments
  @Flag(help: "Print JSON Lines: one object a model.")
  var json = false

  func validate() throws {
    guard plan || (size == nil && !rows && pass == nil), !plan || name != nil else {
      throw ValidationError("--plan takes a model's name, and --size, --rows and --pass belong to it")
    }
    guard !config || (name != nil && !plan && !json) else {
      throw ValidationError("--config takes a model's name, and goes with no other form of answer")
    }
  }

  func run() throws {
    if let name, config {
      let config = try ModelSummary.configuration(argument: name)
      return StandardOutput.shared.write(
        String(decoding: Escaped.json(text: config.utf8), as: UTF8.self) + "\n")
    }
    if let name, plan {
      let benchmark = try Benchmark(name, options: running.options)
      let (height, width) = (size?.height ?? benchmark.height, size?.width ?? benchmark.width)
      let flow = rows ? RowFlow.passing : .whole
      if let pass {
        for line in try benchmark.planLines(pass, height: height, width: width, flow: flow) {
          if json { StandardOutput.shared.write(line.json + "\n") } else { StandardOutput.shared.line(line.text) }
        }
        return
      }
      let (steps, peakMemory) = try benchmark.plan(height: height, width: width, flow: flow)
      steps.tell(json: json)
      guard !json else { return }
      return StandardOutput.shared.line(
        "\(steps.count) steps, \(steps.map(\.multiplyAdds).reduce(0, +) / 1_000_000) M multiply-adds, "
          + "\(peakMemory >> 20) MB of maps, scratch and tables beside the weights")
    }
    if let name {
      return tell([try ModelSummary(argument: name)], inDetail: true)
    }
    var failures = FailureTally()
    var models: [ModelSummary] = []
    for entry in ModelShelf.entries() {
      do throws(FoveaError) {
        models.append(try ModelSummary(.named(entry.name)))
      } catch {
        failures.note(error)
        Messages.report(error)
      }
    }
    let architectures = try ModelSummary.architectureNames.map { (name) throws(FoveaError) in
      try ModelSummary(architecture: name)
    }
    if json {
      tell(models + architectures, inDetail: false)
    } else {
      StandardOutput.shared.line("models")
      tell(models, inDetail: false)
      StandardOutput.shared.line("architectures, without weights")
      tell(architectures, inDetail: false)
    }
    try failures.finish()
  }

  private func tell(_ summaries: [ModelSummary], inDetail: Bool) {
    for summary in summaries {
      StandardOutput.shared.answer(
        json: json, summary.json(inDetail: inDetail), summary.lines(inDetail: inDetail))
    }
  }
}

extension PlanPass: ExpressibleByArgument {}

extension ModelSummary {
  func json(inDetail: Bool) -> OrderedJSON {
    var pairs: [(key: String, value: OrderedJSON)] = [
      ("name", .string(name)), ("kind", .string(kind.rawValue)),
      ("path", path.map(OrderedJSON.string) ?? .null),
      ("architecture", .string(architecture)), ("task", task.map { .string($0.rawValue) } ?? .null),
      ("classes", classes.map(OrderedJSON.integer) ?? .null),
      ("height", .integer(height)), ("width", .integer(width)), ("parameters", .integer(parameters)),
      ("multiply_adds", .integer(multiplyAdds)),
    ]
    if inDetail {
      pairs.append(("stages", .array(stages.map(OrderedJSON.string))))
      pairs.append(("attention_blocks", .array(attentionBlocks.map(OrderedJSON.string))))
    }
    return .object(pairs)
  }

  func lines(inDetail: Bool) -> [String] {
    let columns = [
      padded(name, 32), padded("\(height)x\(width)", 10), padded(millions(parameters, "M"), 10),
      padded(billions(multiplyAdds, "G"), 10), kind == .architecture ? "" : path ?? "inside the binary",
    ]
    var line = "  " + columns.joined()
    while line.hasSuffix(" ") { line.removeLast() }
    guard inDetail else { return [line] }
    return [line] + stages.map { "  stage  \($0)" } + attentionBlocks.map { "  block  \($0)" }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func millions(_ count: Int, _ unit: String) -> String { decimals(count, 1000, unit) }
  private func billions(_ count: Int, _ unit: String) -> String { decimals(count, 1_000_000, unit) }

  /// A count with three decimals of the unit, a thousandth of which is `step`.
  private func decimals(_ count: Int, _ step: Int, _ unit: String) -> String {
    let thousandths = (count + step / 2) / step
    let fraction = "\(thousandths % 1000 + 1000)".dropFirst()
    return "\(thousandths / 1000).\(fraction) \(unit)"
  }
}
