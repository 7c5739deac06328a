import Fovea
import FoveaWeights
import Foundation
import Testing

/// A change of a training's state, and what is said of it.
struct StateChange: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let words: String
  let change: @Sendable (inout StateFile) throws -> Void

  init(_ name: String, _ words: String, _ change: @escaping @Sendable (inout StateFile) throws -> Void) {
    (testDescription, self.words, self.change) = (name, words, change)
  }

  private static let tensors: [StateChange] = [
    "values", "statistics", "average.values", "average.statistics", "optimiser.first", "optimiser.second",
  ].flatMap { name in
    [
      StateChange("\(name) is shorter", "its tensor \(name) is") { _ = $0.tensors[name]?.popLast() },
      StateChange("\(name) is longer", "its tensor \(name) is") { $0.tensors[name]?.append(1) },
      StateChange("\(name) is empty", "its tensor \(name) is") { $0.tensors[name] = [] },
      StateChange("\(name) is of half precision", "numbers of F16") { $0.halves.insert(name) },
      StateChange("\(name) is missing", "it has no tensor \(name)") { $0.tensors[name] = nil },
    ]
  }

  private static let counters: [StateChange] = [
    "9223372036854775807 9223372036854775807", "1 9223372036854775807", "9223372036854775807 1", "-1 -1",
    "2 2", "1 0", "0 1", "1", "", "one one", "1 1 1",
  ].map { (text: String) in
    StateChange("counters \(text)", "its counters are") { $0.metadata["counters"] = text }
  }

  private static func text(_ name: String, _ words: String, _ from: String, _ to: String) -> StateChange {
    StateChange(name, words) { state in
      let text = state.metadata["training"] ?? ""
      #expect(text.contains(from), "\(from) is not in the state")
      state.metadata["training"] = text.replacingOccurrences(of: from, with: to)
    }
  }

  private static let texts = [
    text("no steps", "step is 0.0", "\"step\":1,", "\"step\":0,"),
    text("fewer than no steps", "step is -1.0", "\"step\":1,", "\"step\":-1,"),
    text("endless steps", "step is 9.22", "\"step\":1,", "\"step\":9223372036854775807,"),
    text("too many steps", "7 steps of 4 are done", "\"step\":1,", "\"step\":7,"),
    text("steps past an epoch", "0 epochs are recorded, and 2 done", "\"step\":1,", "\"step\":4,"),
    text("half a step", "is no state", "\"step\":1,", "\"step\":1.5,"),
    text(
      "seconds that are no number", "stepSeconds is nan", "\"stepSeconds\":", "\"stepSeconds\":\"nan\",\"x\":"
    ),
    text("endless seconds", "epochSeconds is inf", "\"epochSeconds\":", "\"epochSeconds\":\"inf\",\"x\":"),
    text("seconds before the start", "stepSeconds is -", "\"stepSeconds\":", "\"stepSeconds\":-5,\"x\":"),
    text("an endless loss", "lossSum is", "\"lossSum\":", "\"lossSum\":1e300,\"x\":"),
    text("another kind of learning", "began to train", "\"whole\"", "\"head\""),
    text("other classes", "is 2 names", "\"num_classes\":2", "\"num_classes\":3"),
    text("fewer classes", "is 2 names", "\"num_classes\":2", "\"num_classes\":1"),
    text("other labels", "its model is none for", "\"class1\"", "\"class2\""),
    text("no text", "is no state", "{", "["),
  ]

  static let all =
    tensors + counters + texts + [
      StateChange("another tensor", "it has a tensor optimiser.velocities") {
        $0.tensors["optimiser.velocities"] = [0]
      },
      StateChange("no metadata", "is no state") { $0.metadata = [:] },
    ]
}

/// What a state's file holds, to be changed.
struct StateFile {
  var tensors: [String: [Float]] = [:]
  var halves: Set<String> = []
  var metadata: [String: String]

  init(_ path: String) throws {
    let checkpoint = try Checkpoint.open(path: path, as: .safetensors)
    metadata = checkpoint.metadata
    for entry in checkpoint.entries { tensors[entry.name] = try checkpoint.floats(of: entry.name) }
  }

  func write(to path: String) throws {
    let entries = tensors.sorted { $0.key < $1.key }.map {
      TensorEntry(name: $0.key, elementType: halves.contains($0.key) ? .f16 : .f32, shape: [$0.value.count])
    }
    let writer = try SafetensorsWriter(entries, metadata: metadata)
    var bytes = Data()
    try writer.write(to: { bytes.append(contentsOf: $0) }, values: { tensors[$0.name] ?? [] })
    try bytes.write(to: URL(filePath: path), options: .atomic)
  }
}

@Suite("States of trainings", .serialized)
struct StateTests {
  private let folder: PictureFolder
  private let state: String

  init() throws {
    folder = try PictureFolder()
    try folder.addClasses(images: 4)
    state = folder.path("model/state.safetensors")
  }

  /// Two steps an epoch, two epochs, nothing to measure with.
  private var request: TrainingRequest {
    folder.request("model", epochs: 2, batch: 4) { $0.validationPart = 0 }
  }

  private func stopAfterStep() throws {
    var steps = 0
    try Trainer(request).run(shouldStop: { steps > 0 }) { if case .step = $0 { steps += 1 } }
  }

  @Test("a state that is none of the network's is refused before the first step, and left alone")
  func refused() throws {
    try stopAfterStep()
    let good = try StateFile(state)
    var again = request
    again.resumes = true
    for item in StateChange.all {
      var changed = good
      try item.change(&changed)
      try changed.write(to: state)
      let before = try folder.bytes("model/state.safetensors")
      var steps = 0
      let error = #expect(throws: FoveaError.self, "\(item.testDescription)") {
        try Trainer(again).run { if case .step = $0 { steps += 1 } }
      }
      #expect(
        error?.reason.contains(item.words) == true && steps == 0,
        "\(item.testDescription): \(error?.reason ?? "none")")
      #expect(error?.status == .badData || error?.status == .usage, "\(item.testDescription)")
      #expect(try folder.bytes("model/state.safetensors") == before)
    }
    try good.write(to: state)
    #expect(try Trainer(again).run { _ in } == .finished)
  }

  @Test("a frozen backbone's parameters and SGD's velocities are compared as well")
  func frozen() throws {
    var again = folder.request("model", epochs: 2, batch: 4) {
      ($0.validationPart, $0.optimiser, $0.average) = (0, .sgd, 0)
    }
    (again.architecture, again.start, again.method) = (nil, .named("fovea_small_tiny_imagenet"), .head)
    var steps = 0
    try Trainer(again).run(shouldStop: { steps > 0 }) { if case .step = $0 { steps += 1 } }
    let good = try StateFile(state)
    #expect(good.metadata["counters"] == "1 0")
    (again.resumes, again.start) = (true, nil)
    for name in ["frozen.values", "frozen.statistics", "optimiser.velocities", "values"] {
      var changed = good
      changed.tensors[name]?.append(0)
      try changed.write(to: state)
      let error = #expect(throws: FoveaError.self) { try Trainer(again).run { _ in } }
      #expect(error?.reason.contains("its tensor \(name) is") == true, "\(error?.reason ?? "none")")
    }
    try good.write(to: state)
    #expect(try Trainer(again).run { _ in } == .finished)
  }

  @Test("ids of masks that no class has are refused in a state as in a label set")
  func strangeIDs() throws {
    try folder.addPairs(images: 4)
    var again = folder.request("model", data: "pairs", epochs: 2, batch: 2) { $0.validationPart = 0 }
    var steps = 0
    try Trainer(again).run(shouldStop: { steps > 0 }) { if case .step = $0 { steps += 1 } }
    again.resumes = true
    for id in [-1, 2, 70000] {
      var changed = try StateFile(state)
      let text = Data(try #require(changed.metadata["training"]).utf8)
      var json = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
      var labels = try #require(json["labelSet"] as? [String: Any])
      labels["mask_ids"] = ["classes": ["0": id], "ignored": []] as [String: Any]
      json["labelSet"] = labels
      changed.metadata["training"] = String(
        decoding: try JSONSerialization.data(withJSONObject: json), as: UTF8.self)
      let good = try folder.bytes("model/state.safetensors")
      try changed.write(to: state)
      let error = #expect(throws: FoveaError.self) { try Trainer(again) }
      #expect(error?.reason.contains("mask_ids maps 0 to \(id)") == true, "\(error?.reason ?? "none")")
      try folder.write(good, "model/state.safetensors")
    }
  }

  @Test("whatever numbers and bytes of a state are changed, it is refused or gone on from")
  func fuzz() throws {
    try stopAfterStep()
    let good = try StateFile(state)
    let bytes = [UInt8](try folder.bytes("model/state.safetensors"))
    let header = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
    let text = try #require(good.metadata["training"])
    let numbers = text.ranges(of: try Regex("-?[0-9]+(\\.[0-9]+)?(e-?[0-9]+)?"))
    let strange = [
      "0", "-1", "1", "2", "0.5", "1e308", "-1e308", "1e-320", "255", "65536", "2147483648",
      "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e400", "\"nan\"", "\"x\"",
      "null",
      "[]", "{}", "true",
    ]
    var again = request
    again.resumes = true
    var generator = SplitMix(state: 17)
    var refusals = 0
    for round in 0..<120 {
      if round % 3 == 2 {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let place = Int.random(in: 0..<(round % 2 == 0 ? 8 + header : bytes.count), using: &generator)
          changed[place] = UInt8.random(in: .min ... .max, using: &generator)
        }
        try folder.write(Data(changed), "model/state.safetensors")
      } else {
        var changed = good
        let range = try #require(numbers.randomElement(using: &generator))
        let value = try #require(strange.randomElement(using: &generator))
        changed.metadata["training"] = text.replacingCharacters(in: range, with: value)
        try changed.write(to: state)
      }
      if isRefused(again) { refusals += 1 }
    }
    #expect(refusals > 30 && refusals < 120)
  }

  /// Whether a run ends with an error before its first step is done.
  private func isRefused(_ request: TrainingRequest) -> Bool {
    var steps = 0
    do throws(FoveaError) {
      try Trainer(request).run(shouldStop: { steps > 0 }) { if case .step = $0 { steps += 1 } }
      return false
    } catch {
      return true
    }
  }

  @Test("weights that a killed training had announced, and not described yet, are the folder's own")
  func announced() throws {
    try Trainer(request).run { _ in }
    let config = try folder.bytes("model/config.json")
    var json = try #require(try JSONSerialization.jsonObject(with: config) as? [String: Any])
    var fovea = try #require(json["fovea"] as? [String: Any])
    var provenance = try #require(fovea["provenance"] as? [String: Any])
    let digest = try #require(provenance["weights_sha256"] as? String)
    func verify(_ stated: String, _ next: String?) throws -> Verification {
      (provenance["weights_sha256"], provenance["next_weights_sha256"]) = (stated, next)
      fovea["provenance"] = provenance
      json["fovea"] = fovea
      try folder.write(JSONSerialization.data(withJSONObject: json), "model/config.json")
      return try Verification(folder.path("model"))
    }
    let other = String(repeating: "0", count: 64)
    #expect(try verify(other, digest).statedDigest == digest)
    #expect(try verify(digest, other).statedDigest == digest)
    for next in [nil, other] {
      let error = #expect(throws: FoveaError.self) { try verify(other, next) }
      #expect(error?.reason == "has SHA-256 \(digest), and config.json states \(other)")
    }
  }
}

/// Numbers that are the same in every run (Steele et al., 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
