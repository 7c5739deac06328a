import Foundation
import FoveaTestSupport
import Testing

@Suite("The attention page")
struct PageTests {
  private static let hasChromium = ["chromium", "chromium-browser"].contains { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
    }
  }

  @Test(
    "in a real browser the page follows pointer, keys and touch, and its numbers are the library's",
    .enabled(if: hasChromium, "there is no Chromium: apt-get install chromium"))
  func page() throws {
    let out = try Scratch()
    let photo = samples.appending(path: "coffee.png").path(percentEncoded: false)
    let outcome = try FoveaProcess.run([
      "attend", photo, "-o", out.path("page"), "--query", "120,200", "--query", "300,150", "--head", "all",
      "--fit", "stretch",
    ])
    #expect(outcome.status == 0, "\(outcome.messages)")
    let process = Process()
    process.executableURL = repositoryRoot.appending(path: "tools/test-page")
    process.arguments = [out.path("page")]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
