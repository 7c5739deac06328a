// Times forward and backward passes of a network in training, and prints one JSON line.
//
//   training-bench NUMBERS.json HEIGHTxWIDTH BATCH f32|bf16 [THREADS [SECONDS [profile|plan]]]
//
// NUMBERS.json is an architecture as a model folder's config has it under fovea.architecture. With `profile`, the
// time of every operation follows, the slowest first; with `plan` nothing is timed, and the lines tell what lies
// where in memory, and when. Run by tools/bench-training beside PyTorch.
import Foundation
import Fovea
import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTraining

/// Random parameters: weights as large as 1 / √fan-in, norms near one.
struct RandomParameters: ParameterSource {
  func values(of parameter: Parameter) -> [Float] {
    var state = UInt64(truncatingIfNeeded: parameter.path.utf8.reduce(7) { ($0 &* 31) &+ Int($1) })
    let terms = Float(max(1, parameter.shape.dropFirst().reduce(1, *)))
    let isScale = parameter.shape.count == 1 && parameter.path.hasSuffix("weight")
    return (0..<parameter.count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Float(state >> 40) / Float(1 << 23) - 1
      return isScale || parameter.path.hasSuffix("running_var") ? 1 + noise / 10 : noise / terms.squareRoot()
    }
  }
}

func run(_ arguments: [String]) throws {
  let numbers = try JSONValue(parsing: Data(contentsOf: URL(filePath: arguments[1])))
  let graph = try Registry.architecture(numbers).graph()
  let size = arguments[2].split(separator: "x").compactMap { Int($0) }
  let batch = Int(arguments[3]) ?? 1
  let precision = Precision(rawValue: arguments[4]) ?? .float32
  let threads = arguments.count > 5 ? Int(arguments[5]) : nil
  let seconds = arguments.count > 6 ? Double(arguments[6]) ?? 3 : 3
  let shape = Shape(batch: batch, height: size[0], width: size[1], channels: 3)
  let store = try ParameterStore(graph: graph, values: RandomParameters())
  let peakBefore = MachineMemory.peak
  let network = try TrainingNetwork(
    graph: graph, output: "logits", parameters: store, inputs: [shape],
    options: TrainingOptions(threads: threads, precision: precision))
  guard !arguments.contains("plan") else { return network.planLines.forEach { print($0) } }
  let images = (0..<shape.elements).map { Float(($0 &* 2_654_435_761) >> 7 & 1023) / 512 - 1 }
  let scale = 1 / Float(network.outputShape.rows)
  let gradient = (0..<network.outputShape.elements).map { Float($0 % 7 - 3) * scale }
  let clock = ContinuousClock()
  var times: [(forward: Duration, backward: Duration)] = []
  var ticks: [Int] = []
  let start = clock.now
  while times.count < 4 || clock.now - start < .seconds(seconds) {
    let before = Foundation.clock()
    let forward = clock.measure {
      images.withUnsafeBufferPointer { _ = network.forward($0, step: times.count) }
    }
    let backward = clock.measure { gradient.withUnsafeBufferPointer { network.backward($0) } }
    times.append((forward, backward))
    ticks.append(Int(Foundation.clock() - before))
  }
  let sorted = times.dropFirst().sorted { $0.forward + $0.backward < $1.forward + $1.backward }
  let median = sorted[sorted.count / 2]
  let milliseconds = { (duration: Duration) in duration / .milliseconds(1) }
  let total = milliseconds(median.forward + median.backward)
  let best = milliseconds(sorted[0].forward + sorted[0].backward)
  let busy = Double(ticks.dropFirst().sorted()[ticks.count / 2 - 1]) / Double(CLOCKS_PER_SEC)
  print(
    """
    {"images_per_second": \(Double(batch) / total * 1000), "best": \(Double(batch) / best * 1000), \
    "forward_ms": \(milliseconds(median.forward)), "backward_ms": \(milliseconds(median.backward)), \
    "bytes": \(MachineMemory.peak - peakBefore), "steps": \(times.count), \
    "images_per_busy_second": \(Double(batch) / busy)}
    """)
  guard arguments.contains("profile") else { return }
  for line in network.profile(images, gradient) { print(line) }
}

try run(CommandLine.arguments)
