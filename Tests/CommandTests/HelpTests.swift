import Foundation
import Testing

@Suite("Help")
struct HelpTests {
  @Test(
    "every verb has help with an example",
    arguments: [
      "classify", "segment", "attend", "features", "eval", "explain-input", "models", "cpu", "bench",
      "train",
    ])
  func verbs(_ verb: String) throws {
    let outcome = try FoveaProcess.run([verb, "--help"])
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    #expect(outcome.output.contains("EXAMPLE"))
    #expect(outcome.output.contains("fovea \(verb)"))
    if !["models", "cpu", "convert", "verify", "train"].contains(verb) {
      for option in [
        "--threads", "--precision", "--background", "--max-pixels", "--max-memory", "--fit", "--no-orient",
      ] {
        #expect(outcome.output.contains(option), "\(option)")
      }
    }
  }

  @Test("the help says which comes first, height or width, x or y")
  func order() throws {
    #expect(try FoveaProcess.run(["bench", "--help"]).output.contains("height first"))
    #expect(
      try FoveaProcess.run(["attend", "--help"]).output.replacing("\n", with: " ").contains(
        "x (the column) first"))
  }

  @Test("the version is printed, and completion scripts for three shells")
  func versionAndCompletion() throws {
    #expect(try FoveaProcess.run(["--version"]).output == "fovea 0.1.0\n")
    for shell in ["bash", "zsh", "fish"] {
      let outcome = try FoveaProcess.run(["--generate-completion-script", shell])
      #expect(outcome.status == 0 && outcome.output.contains("classify"))
    }
  }
}
