import Foundation
import FoveaTestSupport

/// What a run of the command left.
struct Outcome {
  let status: Int32
  let output: String
  let messages: String

  /// The lines of standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// The JSON objects of standard output, a line each; a line that is none fails as an empty object.
  var objects: [[String: Any]] {
    lines.map { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any] ?? [:] }
  }
}

/// The command that the package's build made, beside the tests that are running.
enum FoveaProcess {
  static let executable: URL = {
    #if os(Linux)
      let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? repositoryRoot
    #endif
    return tests.deletingLastPathComponent().appending(path: "fovea")
  }()

  /// Runs the command to its end; standard output and standard error go through files, so that neither can block.
  ///
  /// `limits` are commands of a shell that runs first; a signal that ends the command is then 128 and its number.
  static func run(
    _ arguments: [String], input: Data? = nil, environment: [String: String] = [:], in folder: URL? = nil,
    limits: String? = nil
  ) throws -> Outcome {
    let scratch = try Scratch()
    let process = Process()
    let command = executable.path(percentEncoded: false)
    process.executableURL = limits == nil ? executable : URL(filePath: "/bin/sh")
    process.arguments =
      limits.map { ["-c", "\($0); \"$@\"; exit $?", "sh", command] + arguments } ?? arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = folder ?? repositoryRoot
    process.standardOutput = try FileHandle(forWritingTo: scratch.file("out", Data()))
    process.standardError = try FileHandle(forWritingTo: scratch.file("err", Data()))
    process.standardInput = try FileHandle(forReadingFrom: scratch.file("in", input ?? Data()))
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try scratch.text("out"), messages: try scratch.text("err"))
  }
}

/// A folder of its own for one test, gone with it.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

  @discardableResult func file(_ name: String, _ data: Data) throws -> URL {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
    return file
  }

  @discardableResult func copy(_ source: URL, as name: String) throws -> String {
    try file(name, try Data(contentsOf: source))
    return path(name)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
  }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Every file below, as relative paths, sorted.
  var files: [String] {
    let found = FileManager.default.enumerator(atPath: url.path(percentEncoded: false))
    return (found?.allObjects as? [String] ?? []).filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path(name), isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }
}

let samples = repositoryRoot.appending(path: "datasets/samples")

func sample(_ name: String) -> String { samples.appending(path: name).path(percentEncoded: false) }
