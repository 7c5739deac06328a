import Fovea

// The steps of a plan or of a profile, a line each.
extension [StepReport] {
  /// Prints every step: what it is, how it is cut, what it costs, and what it took where that was measured.
  func tell(json: Bool) {
    let total = compactMap { $0.duration?.seconds }.reduce(0, +)
    for step in self {
      StandardOutput.shared.line(json ? step.json.text : step.text(total: total))
    }
  }
}

extension StepReport {
  /// `{kind, detail, layers, multiply_adds, scratch_bytes, ms}`; `ms` is null for a plan.
  fileprivate var json: OrderedJSON {
    [
      "kind": .string(kind), "detail": .string(detail), "layers": .array(paths.map(OrderedJSON.string)),
      "multiply_adds": .integer(multiplyAdds), "scratch_bytes": .integer(scratchBytes),
      "ms": duration.map { .number($0.seconds * 1000) } ?? .null,
    ]
  }

  fileprivate func text(total: Double) -> String {
    let layers = paths.count > 1 ? "\(paths.first ?? "") … \(paths.last ?? "")" : paths.first ?? ""
    let counts = "\(multiplyAdds / 1_000_000) M multiply-adds, \(scratchBytes / 1024) KB a thread"
    let line = "\(kind)  \(escaped(layers))  \(detail)  \(counts)"
    guard let seconds = duration?.seconds, total > 0, seconds > 0 else { return line }
    let rate = (Double(multiplyAdds) / seconds / 1e8).rounded() / 10
    return "\(percent(seconds / total))  \((seconds * 1e5).rounded() / 100) ms  \(rate) G/s  \(line)"
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
