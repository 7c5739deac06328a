import ArgumentParser
import Fovea

/// `fovea cpu`: what the engine runs on, and why.
struct CPU: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpu",
    abstract: "Tell which instruction set, processors and memory there are on this machine, and why.",
    discussion: """
      The environment variable FOVEA_FORCE_ISA overrides the choice of instruction set. Threads are those that the \
      process may run at once, by its affinity and the quota of its control groups; memory is the machine's, or less \
      where a control group or 'ulimit -v' gives less.

      EXAMPLE
        FOVEA_FORCE_ISA=avx2 fovea cpu --json
        {"processor":"…","threads":2,"threads_from":"affinity","memory":8589934592,…}
      """)

  @Flag(help: "Print a JSON object.")
  var json = false

  func run() throws {
    let choice = try ProcessorChoice()
    let supported = InstructionSet.allCases.filter(\.isSupported).map(\.rawValue)
    let machine = Machine.current
    let (threads, memory) = (Machine.processorLimit, MachineMemory.limit)
    guard !json else {
      return StandardOutput.shared.line([
        "processor": .string(machine.model), "threads": .integer(threads.value),
        "threads_from": .string(threads.source), "memory": .integer(memory.value),
        "memory_from": .string(memory.source),
        "isa": .string(choice.instructionSet.rawValue), "reason": .string(choice.reason),
        "supported": .array(supported.map(OrderedJSON.string)),
      ])
    }
    StandardOutput.shared.line("processor  \(machine.model)")
    StandardOutput.shared.line("threads    \(threads.value), by \(threads.source)")
    StandardOutput.shared.line("memory     \(memory.value >> 20) MB, by \(memory.source)")
    StandardOutput.shared.line("isa        \(choice.instructionSet.rawValue): \(choice.reason)")
    StandardOutput.shared.line("supported  \(supported.joined(separator: " "))")
  }
}
