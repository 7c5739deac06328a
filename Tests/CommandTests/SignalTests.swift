import Foundation
import FoveaTestSupport
import Testing

@Suite("A signal ends the command at any time, and nothing half written is left", .serialized)
struct SignalTests {
  private static let delays = [0.02, 0.05, 0.1, 0.2, 0.4, 0.7]

  /// A folder of photos, and a checkpoint to convert.
  private func inputs() throws -> Scratch {
    let scratch = try Scratch()
    for number in 0..<40 {
      try scratch.copy(samples.appending(path: "china.jpg"), as: "in/\(number % 2)/\(number).jpg")
    }
    return scratch
  }

  private func start(_ arguments: [String], in folder: Scratch) throws -> Process {
    let process = Process()
    process.executableURL = FoveaProcess.executable
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func leftovers(_ scratch: Scratch) -> [String] { scratch.files.filter { $0.contains(".fovea-") } }

  private static let verbs = [
    ["segment", "in", "-o", "out"], ["segment", "in", "-o", "out", "--overlay", "overlays"],
    ["attend", "in/0/0.jpg", "-o", "out"], ["features", "in/0/0.jpg", "-o", "out/f.safetensors"],
    ["explain-input", "in/0/0.jpg", "-o", "seen.png"],
  ]

  @Test("pictures, tensors and pages", arguments: verbs)
  func files(_ arguments: [String]) throws {
    let scratch = try inputs()
    for (index, delay) in Self.delays.enumerated() {
      let process = try start(arguments, in: scratch)
      usleep(UInt32(delay * 1e6))
      let number = index % 2 == 0 ? SIGINT : SIGTERM
      kill(process.processIdentifier, number)
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal {
        #expect(process.terminationStatus == number, "\(arguments)")
      } else {
        #expect(process.terminationStatus == 0, "\(arguments)")
      }
      #expect(leftovers(scratch).isEmpty, "\(arguments) after \(delay) s")
    }
  }

  @Test("a model folder is whole or not there")
  func modelFolders() throws {
    let scratch = try inputs()
    let golden = fixtures.appending(path: "goldens/efficientvit_b_tiny_dims")
    func path(_ file: String) -> String { golden.appending(path: file).path(percentEncoded: false) }
    for step in 0..<12 {
      let process = try start(
        ["convert", path("checkpoint.pth"), "--config", path("config.json"), "-o", "model"], in: scratch)
      usleep(UInt32(step) * 4000)
      kill(process.processIdentifier, step % 2 == 0 ? SIGINT : SIGTERM)
      process.waitUntilExit()
      #expect(leftovers(scratch).isEmpty, "after \(step * 4) ms")
      guard scratch.exists("model") else { continue }
      #expect(try FoveaProcess.run(["verify", scratch.path("model")]).status == 0, "after \(step * 4) ms")
    }
  }

  @Test(
    "training, before its first step and after",
    arguments: [[], ["--init", "fovea_small_tiny_imagenet", "--few"]])
  func training(_ how: [String]) throws {
    let scratch = try inputs()
    let kind = how.isEmpty ? ["--architecture", "fovea_nano"] : how
    for (index, delay) in Self.delays.enumerated() {
      let process = try start(
        ["train", "in", "-o", "model\(index)", "--epochs", "1000", "--batch", "4", "--size", "32x32"] + kind,
        in: scratch)
      usleep(UInt32(delay * 1e6))
      let number = index % 2 == 0 ? SIGINT : SIGTERM
      kill(process.processIdentifier, number)
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal {
        #expect(process.terminationStatus == number)
      } else {
        #expect(process.terminationStatus == 0 && !how.isEmpty)
      }
      #expect(leftovers(scratch).isEmpty, "after \(delay) s")
      guard scratch.exists("model\(index)") else { continue }
      // the state to go on from, or a whole model
      if how.isEmpty, !scratch.exists("model\(index)/config.json") {
        #expect(scratch.exists("model\(index)/state.safetensors"), "after \(delay) s")
        continue
      }
      #expect(
        try FoveaProcess.run(["verify", scratch.path("model\(index)")]).status == 0, "after \(delay) s")
    }
  }

  @Test("what SIGKILL left is removed by the next run that writes there")
  func killed() throws {
    let scratch = try inputs()
    for _ in 0..<20 where leftovers(scratch).isEmpty {
      let process = try start(["segment", "in", "-o", "out"], in: scratch)
      while process.isRunning, leftovers(scratch).isEmpty { usleep(1000) }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    #expect(!leftovers(scratch).isEmpty)
    #expect(try FoveaProcess.run(["segment", "in", "-o", "out"], in: scratch.url).status == 0)
    #expect(leftovers(scratch).isEmpty)
  }

  @Test("a signal that whoever started the command ignores stays ignored, as under nohup")
  func ignored() throws {
    let scratch = try inputs()
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "trap '' HUP INT; exec \"$0\" segment in -o out",
      FoveaProcess.executable.path(percentEncoded: false),
    ]
    process.currentDirectoryURL = scratch.url
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    usleep(200_000)
    kill(process.processIdentifier, SIGHUP)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    #expect(scratch.files.filter { $0.hasPrefix("out/") }.count == 40)
  }
}
