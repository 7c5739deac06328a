import Fovea

// The steps of a plan or of a profile, a line each.
extension [StepReport] {
  /// Prints every step: what it is, how it is cut, what it costs, and what it took where that was measured.
  func tell(json: Bool, rates: MachineRates? = nil) {
    let total = compactMap { $0.duration?.seconds }.reduce(0, +)
    for step in self {
      StandardOutput.shared.answer(json: json, step.json(rates), [step.text(total: total, rates)])
    }
    guard !json, let rates, total > 0 else { return }
    let share = Double(map(\.multiplyAdds).reduce(0, +)) / total / rates.multiplyAdds
    StandardOutput.shared.line(
      "\(percent(share)) of the best of \(billions(rates.multiplyAdds)) G multiply-adds/s over all steps; memory "
        + "moves \(billions(rates.bytes)) GB/s")
  }
}

extension StepReport {
  /// `{kind, detail, layers, multiply_adds, bytes, scratch_bytes, ms, share_of_peak, share_of_bandwidth}`; the last
  /// three are null for a plan.
  fileprivate func json(_ rates: MachineRates?) -> OrderedJSON {
    [
      "kind": .string(kind), "detail": .string(detail), "layers": .array(paths.map(OrderedJSON.string)),
      "multiply_adds": .integer(multiplyAdds), "bytes": .integer(bytes),
      "scratch_bytes": .integer(scratchBytes),
      "ms": duration.map { .number($0.seconds * 1000) } ?? .null,
      "share_of_peak": share(multiplyAdds, of: rates?.multiplyAdds).map(OrderedJSON.number) ?? .null,
      "share_of_bandwidth": share(bytes, of: rates?.bytes).map(OrderedJSON.number) ?? .null,
    ]
  }

  fileprivate func text(total: Double, _ rates: MachineRates?) -> String {
    let layers = paths.count > 1 ? "\(paths[0]) … \(paths[paths.count - 1])" : paths.first ?? ""
    let count = paths.count > 1 ? " (\(paths.count) layers)" : ""
    let costs =
      "\(multiplyAdds / 1_000_000) M multiply-adds, \(bytes / 1024) KB moved, \(scratchBytes / 1024) KB a thread"
    let line = "\(kind)  \(layers)\(count)  \(detail)  \(costs)"
    guard let seconds = duration?.seconds, total > 0, seconds > 0 else { return line }
    let peak = share(multiplyAdds, of: rates?.multiplyAdds).map { " (\(percent($0)) of peak)" } ?? ""
    let bandwidth = share(bytes, of: rates?.bytes).map { " (\(percent($0)) of memory's)" } ?? ""
    return "\(percent(seconds / total))  \((seconds * 1e5).rounded() / 100) ms  "
      + "\(billions(Double(multiplyAdds) / seconds)) G/s\(peak)  \(billions(Double(bytes) / seconds)) GB/s\(bandwidth)  "
      + line
  }

  /// Its rate over the machine's; nil where there is none, or either was not measured.
  private func share(_ count: Int, of rate: Double?) -> Double? {
    guard let rate, let seconds = duration?.seconds, rate > 0, seconds > 0, count > 0 else { return nil }
    return Double(count) / seconds / rate
  }
}

/// With one decimal.
private func billions(_ value: Double) -> Double { (value / 1e8).rounded() / 10 }
