import CFoveaKernels

/// How much of something this process may use, and what says so.
public struct MachineLimit: Sendable, Hashable {
  /// Processors, or bytes.
  public let value: Int
  /// A file of a control group, "affinity", "address space" (ulimit -v), or "machine".
  public let source: String

  /// A limit and its source.
  public init(value: Int, source: String) {
    (self.value, self.source) = (value, source)
  }
}

extension Machine {
  /// Processors that this process may use at once: those that it may run on, or fewer where a control group's quota
  /// gives less time. Found when the process first asks.
  public static let processorLimit: MachineLimit = {
    let affinity = MachineLimit(value: max(1, Int(fovea_processors())), source: "affinity")
    guard let quota = ControlGroups.current.processors, quota.value < affinity.value else { return affinity }
    return quota
  }()
}
