import Foundation
import FoveaGraph

/// A pass of planning, of which each is a function of what the one before made.
public enum PlanPass: String, CaseIterable, Sendable {
  /// The graph as operations that run.
  case lower
  /// The operations in groups that run together.
  case schedule
  /// The groups as steps, and a place for every map.
  case layout
}

/// One thing that a pass made: an operation, a group, a step or a region.
package struct PassLine: Sendable {
  /// For people, on one line.
  package let text: String
  /// For programs: a JSON object.
  package let json: String

  init(_ text: String, _ fields: some Encodable) {
    self.text = text
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    json = (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}

extension Engine {
  /// What a pass makes of the graph for inputs of some shapes, a line for each thing. Nothing runs.
  ///
  /// Throws a `ShapeError` where the inputs do not fit; the layout, which packs weights, also what the
  /// parameter source throws.
  package func lines(
    of pass: PlanPass, inputs: [Shape], outputs: [Value], flow: RowFlow = .whole
  ) throws -> [PassLine] {
    let key = Key(inputs: inputs, outputs: outputs, flow: flow)
    let settings = settings(key)
    let program = try Program(lowering: graph, inputs: inputs, outputs: outputs, settings.lowering)
    switch pass {
    case .lower: return program.lines
    case .schedule: return Schedule(program, settings).lines(of: program)
    case .layout:
      return try state.withLock { try self.plan(key, &$0) }.lines(elementSize: precision.elementSize)
    }
  }
}
