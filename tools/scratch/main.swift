import FoveaEngine
import FoveaGraph
import FoveaModels
import Foundation

let arguments = CommandLine.arguments
let name = arguments[1]
let size = Int(arguments[2])!
let threads = Int(arguments[3])!
let precision: Precision = arguments.count > 4 && arguments[4] == "bf16" ? .bfloat16 : .float32
let profile = arguments.contains("profile")
let fuses = !arguments.contains("plain")
let t0 = ContinuousClock.now
let model = name.contains("/") ? try Model(folder: name) : try Model(architecture: name)
let t1 = ContinuousClock.now
let engine = try Engine(graph: model.graph, parameters: model.parameters, options: EngineOptions(threads: threads, precision: precision, fusesOperations: fuses))
let shape = Shape(height: size, width: size, channels: 3)
var input = FeatureMap(zeros: shape)
for i in 0..<input.values.count { input.values[i] = Float((i &* 2654435761) % 1000) / 500 - 1 }
let outputs = [model.graph.output(named: "logits")!]
let t2 = ContinuousClock.now
_ = try engine.run([input], outputs: outputs)
print("load", t1 - t0, "first run", ContinuousClock.now - t2)
var times: [Double] = []
for _ in 0..<(size > 1000 ? 5 : 30) {
  let d = try ContinuousClock().measure { _ = try engine.run([input], outputs: outputs) }
  times.append(Double(d.components.attoseconds) / 1e15 + Double(d.components.seconds) * 1e3)
}
times.sort()
let macs = model.graph.multiplyAdds(shapes: try model.graph.shapes(height: size, width: size)).reduce(0, +)
print(name, size, engine.instructionSet, "min", times[0], "median", times[times.count / 2], "GFLOP/s", Double(macs) * 2 / times[0] / 1e6, "peak MB", try engine.peakMemory(inputs: [shape], outputs: outputs) >> 20)
if profile {
  for r in try engine.profile([input], outputs: outputs) {
    let ms = Double(r.duration!.components.attoseconds) / 1e15
    print(String(format: "%8.3f ms %8.1f GF/s", ms, Double(r.multiplyAdds) * 2 / ms / 1e6), r.kind, r.detail, r.scratchBytes >> 10, "KB", r.paths.joined(separator: " "))
  }
}
if arguments.contains("stream") {
  var outs = outputs
  for n in ["stage2", "stage3", "stage4"] { if let v = model.graph.output(named: n), arguments.contains("stages") { outs.append(v) } }
  let whole = try engine.run([input], outputs: outs)
  let d = ContinuousClock.now
  let same = try engine.run(image: shape, rows: { row, target in
    for i in 0..<target.count { target[i] = input.values[row * target.count + i] }
  }, outputs: outs) { maps -> [Bool] in
    zip(maps, whole).map { map, whole in
      var ok = map.shape == whole.shape
      let n = map.shape.width * map.shape.channels
      let b = UnsafeMutableBufferPointer<Float>.allocate(capacity: n)
      for row in 0..<map.shape.height { map.read(row: row, into: b); for i in 0..<n where b[i].bitPattern != whole.values[row * n + i].bitPattern { ok = false } }
      return ok
    }
  }
  print("stream equal", same, "time", ContinuousClock.now - d, "peak MB", try engine.peakMemory(inputs: [shape], outputs: outs, streams: true) >> 20)
}
if arguments.contains("check") {
  let a = try engine.run([input], outputs: outputs)[0]
  let b = try engine.run([input], outputs: outputs)[0]
  print("repeatable", a == b)
  let plain = try Engine(graph: model.graph, parameters: model.parameters, options: EngineOptions(threads: threads, fusesOperations: false))
  let c = try plain.run([input], outputs: outputs)[0]
  var worst: Float = 0; var at = 0; var largest: Float = 0
  for i in 0..<c.values.count { let d = abs(c.values[i] - a.values[i]); if !(d <= worst) { worst = d; at = i }; largest = max(largest, abs(c.values[i])) }
  let ch = c.shape.channels
  print("fused vs plain: worst", worst, "of", largest, "at row", at / ch / c.shape.width, "column", at / ch % c.shape.width, "channel", at % ch)
}
if arguments.contains("memory") {
  let big = Shape(height: 16384, width: 16384, channels: 3)
  var outs = outputs
  var features = 0
  let shapes = try model.graph.shapes(inputs: [big])
  for n in ["stage2", "stage3", "stage4"] { if let v = model.graph.output(named: n) { features += shapes[v.index].elements * 4; if arguments.contains("stages") { outs.append(v) } } }
  print("16384: features MB", features >> 20, "bound", (features + features / 4) / 1_000_000 + 200, "plan MB", try engine.peakMemory(inputs: [big], outputs: outs, streams: true) / 1_000_000)
}
