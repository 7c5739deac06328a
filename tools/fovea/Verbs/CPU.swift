import ArgumentParser
import Fovea

/// `fovea cpu`: what the engine runs on, and why.
struct CPU: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpu",
    abstract: "Tell which instruction set was chosen on this machine, and why.",
    discussion: """
      The environment variable FOVEA_FORCE_ISA overrides the choice.

      EXAMPLE
        FOVEA_FORCE_ISA=avx2 fovea cpu --json
        {"processor":"…","threads":2,"isa":"avx2","reason":"…","supported":[…]}
      """)

  @Flag(help: "Print a JSON object.")
  var json = false

  func run() throws {
    let choice = try ProcessorChoice()
    let supported = InstructionSet.allCases.filter(\.isSupported).map(\.rawValue)
    let machine = Machine.current
    guard !json else {
      return StandardOutput.shared.line([
        "processor": .string(machine.model), "threads": .integer(machine.processors),
        "isa": .string(choice.instructionSet.rawValue), "reason": .string(choice.reason),
        "supported": .array(supported.map(OrderedJSON.string)),
      ])
    }
    StandardOutput.shared.line("processor  \(machine.model)")
    StandardOutput.shared.line("threads    \(machine.processors)")
    StandardOutput.shared.line("isa        \(choice.instructionSet.rawValue): \(choice.reason)")
    StandardOutput.shared.line("supported  \(supported.joined(separator: " "))")
  }
}
