import FoveaEngine
import Foundation
import Testing

/// A file system of few files, as a process in control groups sees it.
private final class FakeRoot {
  let url = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")

  init(_ files: [String: String]) throws {
    for (path, text) in files {
      let file = url.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var groups: ControlGroups { ControlGroups(root: url.path) }
}

@Suite("Control groups") struct ControlGroupTests {
  private let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
  private let old = """
    36 25 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct
    37 25 0:31 / /sys/fs/cgroup/memory rw shared:6 - cgroup cgroup rw,memory
    38 25 0:32 / /sys/fs/cgroup/cpuset rw shared:7 - cgroup cgroup rw,cpuset
    """

  @Test("version 2: the least of a group and of all around it, with the file that says so")
  func nested() throws {
    let groups = try FakeRoot([
      "proc/self/cgroup": "0::/a/b/c", "proc/self/mountinfo": unified,
      "sys/fs/cgroup/a/cpu.max": "150000 100000", "sys/fs/cgroup/a/b/cpu.max": "400000 100000",
      "sys/fs/cgroup/a/b/c/cpu.max": "max 100000", "sys/fs/cgroup/a/memory.max": "max",
      "sys/fs/cgroup/a/b/memory.max": "500000000", "sys/fs/cgroup/a/b/c/memory.max": "900000000",
      // another group's
      "sys/fs/cgroup/a/d/cpu.max": "10000 100000", "sys/fs/cgroup/a/d/memory.max": "1000",
    ]).groups
    #expect(groups.processors == MachineLimit(value: 2, source: "/sys/fs/cgroup/a/cpu.max"))
    #expect(groups.memory == MachineLimit(value: 500_000_000, source: "/sys/fs/cgroup/a/b/memory.max"))
  }

  @Test(
    "a quota is rounded up to whole processors",
    arguments: [
      ("100000 100000", 1), ("100001 100000", 2), ("1000 100000", 1), ("200000 100000", 2),
      ("50000 20000", 3),
      ("max 100000", nil), ("0 100000", nil), ("100000 0", nil), ("", nil), ("many 100000", nil),
    ] as [(String, Int?)])
  func rounding(text: String, expected: Int?) throws {
    let groups = try FakeRoot([
      "proc/self/cgroup": "0::/", "proc/self/mountinfo": unified, "sys/fs/cgroup/cpu.max": text,
    ]).groups
    #expect(groups.processors?.value == expected)
  }

  @Test("version 1: quotas and memory lie in hierarchies of their own")
  func versionOne() throws {
    let groups = try FakeRoot([
      "proc/self/cgroup": "5:cpuset:/x\n4:memory:/a/m\n3:cpu,cpuacct:/a/c\n0::/", "proc/self/mountinfo": old,
      "sys/fs/cgroup/cpu,cpuacct/a/c/cpu.cfs_quota_us": "-1",
      "sys/fs/cgroup/cpu,cpuacct/a/c/cpu.cfs_period_us": "100000",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "250000",
      "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000",
      "sys/fs/cgroup/memory/a/m/memory.limit_in_bytes": "9223372036854771712",
      "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "300000000",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
    ]).groups
    #expect(
      groups.processors == MachineLimit(value: 3, source: "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us"))
    #expect(
      groups.memory
        == MachineLimit(value: 300_000_000, source: "/sys/fs/cgroup/memory/a/memory.limit_in_bytes"))
  }

  @Test("both versions side by side: the lower counts, wherever it is said")
  func hybrid() throws {
    let mounts = old + "\n39 25 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
    let groups = try FakeRoot([
      "proc/self/cgroup": "4:memory:/m\n3:cpu,cpuacct:/c\n0::/u", "proc/self/mountinfo": mounts,
      "sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us": "400000",
      "sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us": "100000",
      "sys/fs/cgroup/unified/u/cpu.max": "300000 100000",
      "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "200000000",
      "sys/fs/cgroup/unified/u/memory.max": "max",
    ]).groups
    #expect(groups.processors == MachineLimit(value: 3, source: "/sys/fs/cgroup/unified/u/cpu.max"))
    #expect(groups.memory?.value == 200_000_000)
  }

  @Test("a container's group is the one that is mounted, and version 1 tells of the limits around it")
  func containers() throws {
    let mounts = """
      40 25 0:31 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
      41 25 0:30 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu
      """
    let groups = try FakeRoot([
      "proc/self/cgroup": "4:memory:/docker/abc/inner\n3:cpu:/docker/abc", "proc/self/mountinfo": mounts,
      "sys/fs/cgroup/memory/inner/memory.limit_in_bytes": "800000000",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "700000000",
      "sys/fs/cgroup/memory/inner/memory.stat": "cache 1\nhierarchical_memory_limit 600000000\nswap 0",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    ]).groups
    #expect(
      groups.memory == MachineLimit(value: 600_000_000, source: "/sys/fs/cgroup/memory/inner/memory.stat"))
    #expect(groups.processors == MachineLimit(value: 1, source: "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"))
    let outside = try FakeRoot([
      "proc/self/cgroup": "0::/../../elsewhere", "proc/self/mountinfo": unified,
      "sys/fs/cgroup/memory.max": "5000", "elsewhere/memory.max": "1",
    ]).groups
    #expect(outside.memory?.value == 5000)
  }

  @Test("without a list of mounts the usual places are looked at, and without groups nothing limits")
  func fallbacks() throws {
    let usual = try FakeRoot([
      "proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/memory.max": "4096",
      "sys/fs/cgroup/a/cpu.max": "100000 50000",
    ]).groups
    #expect(usual.memory?.value == 4096 && usual.processors?.value == 2)
    let none = try FakeRoot(["proc/self/other": ""]).groups
    #expect(none.memory == nil && none.processors == nil)
    let damaged = try FakeRoot([
      "proc/self/cgroup": "nonsense\n0:\n::", "proc/self/mountinfo": "1 2 3\n- cgroup2\n\(unified)",
      "sys/fs/cgroup/memory.max": "-5",
    ]).groups
    #expect(damaged.memory == nil && damaged.processors == nil)
  }

  @Test("the processors of this machine are at most those that the process may run on")
  func machine() {
    #expect((1...ProcessInfo.processInfo.processorCount).contains(Machine.processorLimit.value))
    #expect(Machine.current.processors == Machine.processorLimit.value)
    #expect(!Machine.processorLimit.source.isEmpty)
  }
}
