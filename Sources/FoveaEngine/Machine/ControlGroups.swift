/// What the control groups that this process is in allow it, on Linux: the least of its own group's limits and of
/// those of all groups around it.
///
/// Version 1, version 2, and both side by side. In a container groups are seen from where they are mounted on.
public struct ControlGroups: Sendable {
  /// Processors, the time that a quota gives in each of its periods as a whole number of them; a part counts as one.
  public private(set) var processors: MachineLimit?
  /// Bytes of memory.
  public private(set) var memory: MachineLimit?

  /// Those of this process, read when they are first asked for.
  public static let current = ControlGroups()

  /// Reads `/proc/self` and the groups' files below `root`, which is empty but for tests.
  public init(root: String = "") {
    let groups = TextFile.lines(of: root + "/proc/self/cgroup").compactMap(Membership.init)
    for mount in GroupMount.all(root: root) {
      guard let group = groups.first(where: { mount.holds($0) }) else { continue }
      for folder in mount.folders(of: group.path) {
        switch mount.kind {
        case .unified:
          lower(&processors, Self.quota(root, folder + "/cpu.max"))
          lower(&memory, Self.bytes(root, folder + "/memory.max"))
        case .processors: lower(&processors, Self.oldQuota(root, folder))
        case .memory: lower(&memory, Self.bytes(root, folder + "/memory.limit_in_bytes"))
        }
      }
      guard mount.kind == .memory, let own = mount.folders(of: group.path).first else { continue }
      // groups around a container's are not mounted in it, and yet told
      lower(&memory, Self.hierarchicalBytes(root, own + "/memory.stat"))
    }
  }

  private func lower(_ limit: inout MachineLimit?, _ found: MachineLimit?) {
    guard let found, found.value < limit?.value ?? .max else { return }
    limit = found
  }

  /// `200000 100000`, microseconds of each period, or `max 100000`.
  private static func quota(_ root: String, _ file: String) -> MachineLimit? {
    let words = TextFile.lines(of: root + file).first?.split(separator: " ") ?? []
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]) else { return nil }
    return processors(quota, of: period, file)
  }

  private static func oldQuota(_ root: String, _ folder: String) -> MachineLimit? {
    let file = folder + "/cpu.cfs_quota_us"
    guard let quota = TextFile.integer(root + file),
      let period = TextFile.integer(root + folder + "/cpu.cfs_period_us")
    else { return nil }
    return processors(quota, of: period, file)
  }

  private static func processors(_ quota: Int, of period: Int, _ file: String) -> MachineLimit? {
    guard quota > 0, period > 0 else { return nil }
    return MachineLimit(value: (quota - 1) / period + 1, source: file)
  }

  /// A number of bytes; nil for `max`, and for what version 1 writes in its place.
  private static func bytes(_ root: String, _ file: String) -> MachineLimit? {
    TextFile.integer(root + file).flatMap { limit($0, file) }
  }

  private static func hierarchicalBytes(_ root: String, _ file: String) -> MachineLimit? {
    let line = TextFile.lines(of: root + file).first { $0.hasPrefix("hierarchical_memory_limit ") }
    return line?.split(separator: " ").last.flatMap { Int($0) }.flatMap { limit($0, file) }
  }

  private static func limit(_ bytes: Int, _ file: String) -> MachineLimit? {
    bytes >= 0 && bytes < 1 << 60 ? MachineLimit(value: bytes, source: file) : nil
  }
}

/// A line of `/proc/self/cgroup`: `0::/path`, or `4:memory:/path` in version 1.
private struct Membership {
  let controllers: [Substring]
  let path: Substring

  init?(_ line: Substring) {
    let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    (controllers, path) = (parts[1].split(separator: ","), parts[2])
  }
}

/// A place where a hierarchy of control groups is mounted.
private struct GroupMount {
  enum Kind { case unified, processors, memory }

  let kind: Kind
  /// The group that is seen at `folder`.
  let group: Substring
  let folder: String

  /// The mounts of `/proc/self/mountinfo`, or the usual ones where it tells of none.
  static func all(root: String) -> [GroupMount] {
    let told = TextFile.lines(of: root + "/proc/self/mountinfo").flatMap(mounts)
    guard told.isEmpty else { return told }
    let folder = "/sys/fs/cgroup"
    return [
      GroupMount(kind: .unified, group: "/", folder: folder),
      GroupMount(kind: .processors, group: "/", folder: folder + "/cpu"),
      GroupMount(kind: .processors, group: "/", folder: folder + "/cpu,cpuacct"),
      GroupMount(kind: .memory, group: "/", folder: folder + "/memory"),
    ]
  }

  /// `36 25 0:31 /group /sys/fs/cgroup/memory rw,… - cgroup cgroup rw,memory`, with optional fields before the dash.
  private static func mounts(_ line: Substring) -> [GroupMount] {
    let words = line.split(separator: " ")
    guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else { return [] }
    let (group, folder) = (words[3], String(words[4]))
    if words[dash + 1] == "cgroup2" { return [GroupMount(kind: .unified, group: group, folder: folder)] }
    guard words[dash + 1] == "cgroup" else { return [] }
    let controllers = words[dash + 3].split(separator: ",")
    let kinds: [(Substring, Kind)] = [("cpu", .processors), ("memory", .memory)]
    return kinds.filter { controllers.contains($0.0) }
      .map { GroupMount(kind: $0.1, group: group, folder: folder) }
  }

  /// Whether a membership is one of this hierarchy.
  func holds(_ membership: Membership) -> Bool {
    switch kind {
    case .unified: membership.controllers.isEmpty
    case .processors: membership.controllers.contains("cpu")
    case .memory: membership.controllers.contains("memory")
    }
  }

  /// The folders of a group and of all around it, the group's own first, up to the mount.
  func folders(of path: Substring) -> [String] {
    let (own, mounted) = (path.split(separator: "/"), group.split(separator: "/"))
    // a group outside of the mount, as a container may see its own, is taken for the mount's
    let isInside = own.starts(with: mounted) && !own.contains("..")
    let below = isInside ? own.dropFirst(mounted.count) : []
    return (0...below.count).reversed().map { depth in
      ([folder] + below.prefix(depth).map(String.init)).joined(separator: "/")
    }
  }
}
