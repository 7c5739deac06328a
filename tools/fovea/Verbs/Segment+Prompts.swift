import ArgumentParser
import Fovea

extension Segment {
  /// What points and boxes ask for, the same in every picture: a mask a box, or with `--multimask` all proposals.
  func cutOut(_ inputs: InputSet) throws {
    let prompts = box.isEmpty ? [MaskPrompt(points: point)] : box.map { MaskPrompt(points: point, box: $0) }
    for prompt in prompts { try prompt.checkOrder() }
    let segmenter = try PromptSegmenter(model.source, options: running.options)
    Messages.tell(of: segmenter.model)
    let candidates = multimask ? segmenter.candidateCount : 1
    let parts = prompts.indices.flatMap { index in
      (0..<candidates).map { candidate in
        (prompts.count > 1 ? "-box-\(index)" : "") + (multimask ? "-mask-\(candidate)" : "")
      }
    }
    let plan = try OutputPlan(inputs, output: output, overlay: overlay, json: json, parts: parts)
    if let note = plan.note { Messages.tell(note) }
    try inputs.forEach(json: json) { (file) throws(FoveaError) in
      let answers = try segmenter.masks(
        file.source, prompts: prompts, allCandidates: multimask, images: images.options)
      if let first = answers.first?.first { Messages.warn(first.warnings, about: file.path) }
      let masks = zip(prompts, answers).flatMap { prompt, masks in masks.map { (prompt, $0) } }
      for ((prompt, mask), planned) in zip(masks, plan.parts(of: file)) {
        try write(mask, planned)
        var pairs: [(key: String, value: OrderedJSON)] = [
          ("path", .string(file.path)), ("mask", .string(planned.mask)),
        ]
        if let path = planned.overlay { pairs.append(("overlay", .string(path))) }
        if prompts.count > 1, let box = prompt.box { pairs.append(("box", box.json)) }
        if multimask { pairs.append(("candidate", .integer(mask.candidate))) }
        pairs.append(("score", .single(mask.score)))
        StandardOutput.shared.answer(
          json: json, .object(pairs), ["\(file.path) -> \(planned.mask)  score \(mask.score)"])
      }
    }
  }

  private func write(_ mask: PromptedMask, _ planned: PlannedOutput) throws(FoveaError) {
    try FileSystem.makeDirectory(FileSystem.folder(of: planned.mask))
    try mask.writeMask(to: planned.mask)
    guard let path = planned.overlay else { return }
    try FileSystem.makeDirectory(FileSystem.folder(of: path))
    try mask.overlay().write(to: path)
  }
}

extension PromptBox {
  fileprivate var json: OrderedJSON { .array([left, top, right, bottom].map { .integer(Int($0)) }) }
}
