import Fovea

extension LeftOut {
  /// Tells it as a JSON object of its own.
  func tellJSON() {
    StandardOutput.shared.line(["left_out": json, "skipped": skipped])
  }

  /// `{REASON: {count, first}}` of what was left out.
  var json: OrderedJSON { object(isByDesign: false) }

  /// The same of what was skipped by design.
  var skipped: OrderedJSON { object(isByDesign: true) }

  private func object(isByDesign: Bool) -> OrderedJSON {
    .object(
      Reason.allCases.filter { $0.isByDesign == isByDesign }.compactMap { reason in
        tallies[reason].map {
          (reason.rawValue, ["count": .integer($0.count), "first": .string($0.first)])
        }
      })
  }
}
