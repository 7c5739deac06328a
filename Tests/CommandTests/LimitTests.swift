import Foundation
import FoveaTestSupport
import Testing

@Suite("Limits of the machine")
struct LimitTests {
  @Test("cpu tells the processors and the memory, and what says so")
  func sources() throws {
    let outcome = try FoveaProcess.run(["cpu", "--json"])
    let told = try #require(outcome.objects.first)
    let threads = try #require(told["threads"] as? Int)
    #expect((1...ProcessInfo.processInfo.processorCount).contains(threads))
    let memory = try #require(told["memory"] as? Int)
    #expect(memory > 0 && memory <= Int(ProcessInfo.processInfo.physicalMemory))
    for key in ["threads_from", "memory_from"] {
      let source = try #require(told[key] as? String)
      #expect(
        ["affinity", "machine", "address space"].contains(source) || source.hasPrefix("/sys/fs/cgroup"))
    }
    let text = try FoveaProcess.run(["cpu"])
    #expect(text.lines.contains { $0.hasPrefix("threads    \(threads), by ") })
    #expect(text.lines.contains { $0.hasPrefix("memory     \(memory >> 20) MB, by ") })
  }

  @Test("what stays resident for other sizes is within --max-memory")
  func otherSizes() throws {
    let sizes = (0..<8).flatMap { ["--size", "640x\(640 + 32 * $0)"] }
    func peaks(_ more: [String]) throws -> [Double] {
      let arguments = ["bench", "-m", "flatten_pvt_tiny", "--seconds", "0", "--json"] + sizes + more
      let outcome = try FoveaProcess.run(arguments)
      #expect(outcome.status == 0, "\(outcome.messages)")
      return outcome.objects.compactMap { $0["peak_rss_mb"] as? Double }
    }
    // the program itself and what planning passes through come to less than 128 MB
    let limited = try peaks(["--max-memory", "250M"])
    #expect(limited.count == 8 && limited.allSatisfy { $0 < 250 + 128 }, "\(limited)")
    let free = try peaks([])
    #expect((free.last ?? 0) > 250 + 128, "\(free)")
  }

  #if os(Linux)
    @Test(
      "threads are as many as the processors that the process may run on",
      .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset")))
    func affinity() throws {
      let first = "$(taskset -pc $$ | sed 's/.*: //; s/[,-].*//')"
      let cpu = try FoveaProcess.run(["cpu", "--json"], limits: "taskset -pc \(first) $$ > /dev/null")
      #expect(cpu.objects.first?["threads"] as? Int == 1 && cpu.status == 0, "\(cpu.messages)")
    }

    @Test("a limit of address space is told, and work that does not fit it is refused before it begins")
    func told() throws {
      let cpu = try FoveaProcess.run(["cpu", "--json"], limits: "ulimit -v 300000")
      #expect(cpu.objects.first?["memory"] as? Int == 300_000 * 1024)
      #expect(cpu.objects.first?["memory_from"] as? String == "address space")
      let outcome = try FoveaProcess.run(
        ["classify", sample("coffee.png"), "--json"], limits: "ulimit -v 120000")
      #expect(outcome.status == 75)
      let reason = outcome.objects.first?["error"] as? String ?? ""
      #expect(reason.contains("more of memory") && reason.contains("the limit of address space leaves"))
    }

    @Test(
      "under any limit of address space there is an answer, a refusal or an abort, and nothing half written",
      arguments: Array(stride(from: 98, through: 199, by: 12)))
    func addressSpace(megabytes: Int) throws {
      let scratch = try Scratch()
      for (photo, label) in [("chelsea.png", "cat"), ("coffee.png", "cup")] {
        try scratch.copy(samples.appending(path: photo), as: "photos/\(label)/\(photo)")
      }
      let runs = [
        ["classify", sample("coffee.png")],
        ["segment", sample("china.jpg"), "-o", scratch.path("mask.png")],
        [
          "train", scratch.path("photos"), "-o", scratch.path("model"), "--architecture", "fovea_nano",
          "--size",
          "32x32", "--batch", "2", "--epochs", "1",
        ],
      ]
      for arguments in runs {
        // a process that hangs is ended, as its limit of processor time would not
        let limits = "ulimit -c 0; ulimit -v \(megabytes * 1024); set -- timeout 120 \"$@\""
        let outcome = try FoveaProcess.run(
          arguments, environment: ["SWIFT_BACKTRACE": "enable=no"], limits: limits)
        #expect(
          [0, 75, 134].contains(outcome.status), "\(arguments[0]): \(outcome.status) \(outcome.messages)")
        guard outcome.status != 134 else { continue }
        #expect(!scratch.files.contains { $0.contains(".fovea-") }, "\(scratch.files)")
        #expect(arguments[0] != "segment" || scratch.exists("mask.png") == (outcome.status == 0))
      }
      guard scratch.exists("model/model.safetensors") else { return }
      #expect(try FoveaProcess.run(["verify", scratch.path("model")]).status == 0)
    }
  #endif
}
