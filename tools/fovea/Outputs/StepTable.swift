import Fovea

// The steps of a plan or of a profile, a line each.
extension [StepReport] {
  /// Prints every step: what it is, how it is cut, what it costs, and what it took where that was measured.
  ///
  /// `peak` is the machine's multiply-adds a second, where that was measured too.
  func tell(json: Bool, peak: Double? = nil) {
    let total = compactMap { $0.duration?.seconds }.reduce(0, +)
    for step in self {
      StandardOutput.shared.line(json ? step.json(peak: peak).text : step.text(total: total, peak: peak))
    }
    guard !json, let peak, total > 0 else { return }
    let share = Double(map(\.multiplyAdds).reduce(0, +)) / total / peak
    StandardOutput.shared.line(
      "\(percent(share)) of this machine's peak, \((peak / 1e8).rounded() / 10) G multiply-adds/s, over all steps"
    )
  }
}

extension StepReport {
  /// `{kind, detail, layers, multiply_adds, scratch_bytes, ms, share_of_peak}`; the last two are null for a plan.
  fileprivate func json(peak: Double?) -> OrderedJSON {
    [
      "kind": .string(kind), "detail": .string(detail), "layers": .array(paths.map(OrderedJSON.string)),
      "multiply_adds": .integer(multiplyAdds), "scratch_bytes": .integer(scratchBytes),
      "ms": duration.map { .number($0.seconds * 1000) } ?? .null,
      "share_of_peak": share(of: peak).map(OrderedJSON.number) ?? .null,
    ]
  }

  fileprivate func text(total: Double, peak: Double?) -> String {
    let layers = paths.count > 1 ? "\(paths.first ?? "") … \(paths.last ?? "")" : paths.first ?? ""
    let counts = "\(multiplyAdds / 1_000_000) M multiply-adds, \(scratchBytes / 1024) KB a thread"
    let line = "\(kind)  \(escaped(layers))  \(detail)  \(counts)"
    guard let seconds = duration?.seconds, total > 0, seconds > 0 else { return line }
    let rate = (Double(multiplyAdds) / seconds / 1e8).rounded() / 10
    let share = share(of: peak).map { " (\(percent($0)) of peak)" } ?? ""
    return "\(percent(seconds / total))  \((seconds * 1e5).rounded() / 100) ms  \(rate) G/s\(share)  \(line)"
  }

  /// Its rate over the machine's; nil where either was not measured.
  private func share(of peak: Double?) -> Double? {
    guard let peak, let seconds = duration?.seconds, peak > 0, seconds > 0 else { return nil }
    return Double(multiplyAdds) / seconds / peak
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
