import FoveaGraph

extension TrainingNetwork {
  /// The milliseconds of every operation's two passes, the slowest first, a line each.
  package func profile(_ images: [Float], _ gradient: [Float]) -> [String] {
    var lines: [(time: Double, text: String)] = []
    let (forward, backward) = timed(images, gradient)
    for (index, label) in plan.labels.enumerated() {
      let times = (forward[index] / .milliseconds(1), backward[index] / .milliseconds(1))
      let text = "\(fixed(times.0)) \(fixed(times.1)) \(label)"
      lines.append((times.0 + times.1, text))
    }
    return lines.sorted { $0.time > $1.time }.map(\.text)
  }

  private func fixed(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let fraction = hundredths % 100
    let text = "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    return String(repeating: " ", count: max(0, 8 - text.count)) + text
  }
}
