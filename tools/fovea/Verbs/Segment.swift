import ArgumentParser
import Fovea

/// `fovea segment`: a class for each pixel, as an indexed PNG.
struct Segment: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give each pixel a class: an indexed PNG mask of the picture's own size.",
    discussion: """
      OUT is a folder if it is one already, ends in "/", or there are several inputs; it then mirrors their \
      tree and keeps their stems (standard input is "stdin"), or where two inputs share one their full names, \
      and --overlay names a folder too. Otherwise it is a file that ends in .png or in nothing, or - for the \
      mask on standard output.

      EXAMPLES
        fovea segment street.png -o mask.png --overlay overlay.png
        fovea segment photo.jpg -o mask.png -m models/efficientvit_sam_l0 --point 320,200
        fovea segment photo.jpg -o masks/ -m models/efficientvit_sam_l0 --box 0,0,99,99 --multimask
        fovea segment photos/ -o masks/ --json
        {"path":"photos/a.jpg","mask":"masks/a.png","classes":[…]}
      """)

  @OptionGroup var given: InputArguments
  @OptionGroup(title: "Model") var model: ModelArguments
  @Option(
    name: [.customShort("o"), .long], help: ArgumentHelp("The mask, or a folder of masks.", valueName: "out"))
  var output: String
  @Option(help: ArgumentHelp("Also write the picture under its classes' colours.", valueName: "path"))
  var overlay: String?
  @Option(
    help: ArgumentHelp(
      "With a Segment Anything model: a pixel of what to cut out, with ,0 of the background; x first.",
      valueName: "x,y[,0]"))
  var point: [PromptPoint] = []
  @Option(
    help: ArgumentHelp(
      "With a Segment Anything model: a box around it; may be given again, for a mask each.",
      valueName: "x0,y0,x1,y1"))
  var box: [PromptBox] = []
  @Flag(help: "With --point or --box: all masks that the model proposes, not the best.")
  var multimask = false
  @Flag(help: "Print JSON Lines: one object an image, as it finishes.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func validate() throws {
    guard !multimask || !point.isEmpty || !box.isEmpty else {
      throw ValidationError("--multimask goes with --point or --box")
    }
  }

  func run() throws {
    let inputs = try given.inputs(json: json)
    guard point.isEmpty, box.isEmpty else { return try cutOut(inputs) }
    let plan = try OutputPlan(inputs, output: output, overlay: overlay, json: json)
    if let note = plan.note { Messages.tell(note) }
    let segmenter = try Segmenter(model.source, options: running.options)
    Messages.tell(of: segmenter.model)
    try inputs.forEach(json: json) { (file) throws(FoveaError) in
      guard let planned = plan[file] else { return }
      try FileSystem.makeDirectory(FileSystem.folder(of: planned.mask))
      let shares = try write(file, planned, segmenter)
      StandardOutput.shared.answer(
        json: json, shares.json(file.path, planned), shares.lines(file.path, planned))
    }
  }

  /// Writes the mask straight from the rows, or with an overlay from the picture as a whole.
  private func write(
    _ file: InputFile, _ planned: PlannedOutput, _ segmenter: Segmenter
  ) throws(FoveaError) -> [Segmentation.Share] {
    guard let path = planned.overlay else {
      let summary = try segmenter.writeMask(of: file.source, to: planned.mask, images: images.options)
      Messages.warn(summary.warnings, about: file.path)
      return summary.classes
    }
    let answer = try segmenter.segment(file.source, images: images.options, keepsPhoto: true)
    Messages.warn(answer.warnings, about: file.path)
    try answer.writeMask(to: planned.mask)
    try FileSystem.makeDirectory(FileSystem.folder(of: path))
    try answer.overlay()?.write(to: path)
    return answer.classes
  }
}

extension [Segmentation.Share] {
  fileprivate func json(_ path: String, _ planned: PlannedOutput) -> OrderedJSON {
    let shares: [OrderedJSON] = map {
      [
        "label": .string($0.label), "index": .integer($0.index), "pixels": .integer($0.pixels),
        "fraction": .number($0.fraction),
      ]
    }
    var pairs: [(key: String, value: OrderedJSON)] = [
      ("path", .string(path)), ("mask", .string(planned.mask)),
    ]
    if let overlay = planned.overlay { pairs.append(("overlay", .string(overlay))) }
    return .object(pairs + [("classes", .array(shares))])
  }

  fileprivate func lines(_ path: String, _ planned: PlannedOutput) -> [String] {
    let outputs = [planned.mask, planned.overlay].compactMap { $0 }.joined(separator: ", ")
    return ["\(path) -> \(outputs)"] + map { "  \(percent($0.fraction))  \($0.label)" }
  }
}
