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

  private func expectPage(_ arguments: [String], _ out: Scratch) throws {
    let photo = samples.appending(path: "coffee.png").path(percentEncoded: false)
    let outcome = try FoveaProcess.run(
      ["attend", photo, "-o", out.path("page"), "--query", "120,200", "--query", "300,150", "--head", "all"]
        + arguments)
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

  @Test(
    "in a real browser the page follows pointer, keys and touch, and its numbers are the library's",
    .enabled(if: hasChromium, "there is no Chromium: apt-get install chromium"))
  func page() throws { try expectPage(["-m", "fovea_nano_camvid", "--fit", "stretch"], Scratch()) }

  @Test(
    "so it does for windows, shifts and their masks, for softmax with a class token, for reduced keys and rotations",
    .enabled(if: hasChromium, "there is no Chromium: apt-get install chromium"),
    arguments: [
      ("flatten_swin_tiny_dims", "pth"), ("flatten_swin_masked_tiny_dims", "pth"),
      ("timm_deit_tiny_dims", "safetensors"), ("flatten_pvt_tiny_dims", "pth"), ("mila_tiny_dims", "pth"),
    ])
  func kinds(_ name: String, _ kind: String) throws {
    let out = try Scratch()
    let golden = fixtures.appending(path: "goldens/\(name)")
    func path(_ file: String) -> String { golden.appending(path: file).path(percentEncoded: false) }
    let conversion = try FoveaProcess.run([
      "convert", path("checkpoint.\(kind)"), "--config", path("config.json"), "-o", out.path("model"),
    ])
    #expect(conversion.status == 0, "\(conversion.messages)")
    try expectPage(["-m", out.path("model"), "--fit", "stretch"], out)
  }

  @Test(
    "a page of less room names the blocks that it left out",
    .enabled(if: hasChromium, "there is no Chromium: apt-get install chromium"))
  func limit() throws {
    let out = try Scratch()
    try expectPage(["-m", "fovea_nano_camvid", "--page-limit", "1M", "--fit", "native"], out)
    let page = try String(decoding: out.bytes("page/index.html"), as: UTF8.self)
    #expect(page.contains("\"missing\":[\"backbone."))
  }
}
