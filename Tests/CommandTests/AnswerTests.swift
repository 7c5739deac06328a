import Foundation
import FoveaTestSupport
import Testing

@Suite("Answers")
struct AnswerTests {
  @Test(
    "classify gives PyTorch's probabilities for PNG photos",
    arguments: [
      ("chelsea.png", ["Egyptian cat", "tailed frog", "tabby"], [0.2515, 0.1349, 0.0786]),
      ("coffee.png", ["espresso", "iPod", "pill bottle"], [0.9603, 0.0042, 0.0041]),
      ("astronaut.png", ["dumbbell", "torch", "plunger"], [0.1906, 0.109, 0.0888]),
    ])
  func probabilities(_ name: String, _ labels: [String], _ expected: [Double]) throws {
    let outcome = try FoveaProcess.run(["classify", sample(name), "--top", "3", "--json"])
    #expect(outcome.status == 0)
    let object = try #require(outcome.objects.first)
    #expect(Set(object.keys) == ["path", "width", "height", "predictions"])
    let predictions = try #require(object["predictions"] as? [[String: Any]])
    #expect(predictions.allSatisfy { Set($0.keys) == ["label", "index", "probability"] })
    #expect(predictions.map { $0["label"] as? String } == labels)
    for (prediction, probability) in zip(predictions, expected) {
      // Measured in PyTorch to four digits.
      #expect(abs((prediction["probability"] as? Double ?? 0) - probability) <= 0.0001)
    }
  }

  @Test("the bytes on standard input are an image called stdin")
  func standardInput() throws {
    let photo = try Data(contentsOf: samples.appending(path: "coffee.png"))
    let piped = try FoveaProcess.run(["classify", "-", "--json"], input: photo)
    let file = try FoveaProcess.run(["classify", sample("coffee.png"), "--json"])
    #expect(piped.objects.first?["path"] as? String == "stdin")
    #expect(piped.lines.first?.drop { $0 != "," } == file.lines.first?.drop { $0 != "," })
  }

  @Test("directories are searched through in sorted order, and lists name files")
  func inputs() throws {
    let scratch = try Scratch()
    for name in ["b/2.png", "a.png", "b/1.PNG", ".hidden.png"] {
      try scratch.copy(samples.appending(path: "coffee.png"), as: name)
    }
    try scratch.copy(samples.appending(path: "coffee.png"), as: "c/no-ending")
    try scratch.file("notes.txt", Data("not an image".utf8))
    let found = try FoveaProcess.run(["classify", scratch.path(""), "--json"]).objects
    #expect(
      found.compactMap { $0["path"] as? String }
        == ["a.png", "b/1.PNG", "b/2.png", "c/no-ending"].map(scratch.path))
    #expect(found.count == 5 && found.last?["left_out"] != nil)
    let list = "\(scratch.path("b/2.png"))\n\n\(scratch.path("a.png"))\r\n"
    let file = try scratch.file("list", Data(list.utf8))
    let listed = try FoveaProcess.run(["classify", "@\(file.path(percentEncoded: false))", "--json"]).objects
    #expect(listed.map { $0["path"] as? String } == ["b/2.png", "a.png"].map(scratch.path))
  }

  @Test("features of a golden input are the reference network's, on every instruction set")
  func goldenFeatures() throws {
    let golden = fixtures.appending(path: "goldens/fovea_nano_camvid/golden.safetensors")
    let expected = try SafetensorsFile(golden)
    let cpu = try #require(try FoveaProcess.run(["cpu", "--json"]).objects.first)
    let scratch = try Scratch()
    for set in try #require(cpu["supported"] as? [String]) where set != "amx" && set != "avx512bf16" {
      for threads in ["1", "2"] {
        let outcome = try FoveaProcess.run(
          [
            "features", "--tensor", golden.path(percentEncoded: false), "-m", "fovea_nano_camvid", "-o",
            scratch.path("\(set)-\(threads)"), "--threads", threads,
          ],
          environment: ["FOVEA_FORCE_ISA": set])
        #expect(outcome.status == 0, "\(outcome.messages)")
      }
      #expect(try scratch.bytes("\(set)-1") == scratch.bytes("\(set)-2"))
      let actual = try SafetensorsFile(scratch.url.appending(path: "\(set)-1"))
      #expect(Set(actual.shapes.keys) == Set(expected.shapes.keys).subtracting(["x"]))
      for (name, shape) in actual.shapes {
        #expect(shape == expected.shapes[name])
        let (a, b) = (try actual.floats(name), try expected.floats(name))
        let bound = 1e-4 * (b.map(abs).max() ?? 0)
        let worst = zip(a, b).map { abs($0 - $1) }.enumerated().max { $0.element < $1.element }
        #expect((worst?.element ?? .infinity) <= bound, "\(set) \(name) at \(worst?.offset ?? -1)")
      }
    }
  }

  @Test("every verb's JSON has the documented keys")
  func keys() throws {
    let scratch = try Scratch()
    let features = try FoveaProcess.run(
      ["features", sample("coffee.png"), "-o", scratch.path("f"), "--stage", "stage1", "--json"])
    #expect(features.objects.map { Set($0.keys) } == [["path", "features", "tensors"]])
    let cpu = try FoveaProcess.run(["cpu", "--json"], environment: ["FOVEA_FORCE_ISA": "scalar"])
    #expect(
      cpu.objects.map { Set($0.keys) } == [
        [
          "processor", "threads", "threads_from", "memory", "memory_from", "isa", "reason", "supported",
        ]
      ])
    #expect(cpu.objects.first?["isa"] as? String == "scalar")
    let bench = try FoveaProcess.run(["bench", "--size", "32x64", "--seconds", "0", "--json"])
    #expect(
      bench.objects.map { Set($0.keys) } == [
        [
          "model", "height", "width", "batch", "threads", "precision", "isa", "minimum_ms", "median_ms",
          "images_per_second", "peak_rss_mb", "parameters", "multiply_adds",
        ]
      ])
    #expect(bench.objects.first?["height"] as? Int == 32 && bench.objects.first?["width"] as? Int == 64)
    let models = try FoveaProcess.run(["models", "--json"])
    let common: Set<String> = [
      "name", "kind", "path", "architecture", "task", "classes", "height", "width", "parameters",
      "multiply_adds",
    ]
    #expect(models.objects.count > 5 && models.objects.allSatisfy { Set($0.keys) == common })
    let one = try FoveaProcess.run(["models", "fovea_nano_camvid", "--json"])
    #expect(one.objects.map { Set($0.keys) } == [common.union(["stages", "attention_blocks"])])
  }

  @Test("a plan's multiply-adds are the model's, whole and with rows that pass through; a profile has rates")
  func plans() throws {
    let model = "fovea_nano_camvid"
    let summary = try FoveaProcess.run(["models", model, "--json"]).objects
    let size = "\(summary[0]["height"] ?? 0)x\(summary[0]["width"] ?? 0)"
    for rows in [[], ["--rows"]] {
      let steps = try FoveaProcess.run(["models", model, "--plan", "--size", size, "--json"] + rows).objects
      let total = steps.compactMap { $0["multiply_adds"] as? Int }.reduce(0, +)
      #expect(total == summary[0]["multiply_adds"] as? Int, "\(rows)")
      #expect(steps.allSatisfy { ($0["bytes"] as? Int ?? 0) > 0 && $0["ms"] is NSNull })
      #expect(steps.contains { ($0["kind"] as? String) == "strip as rows arrive" } == !rows.isEmpty)
    }
    let profile = try FoveaProcess.run(["bench", "-m", model, "--size", "64x64", "--profile", "--json"])
      .objects
    for step in profile {
      #expect((step["ms"] as? Double ?? 0) > 0 && (step["share_of_bandwidth"] as? Double ?? 0) > 0)
      // of its own best rate, measured on a machine that others use too
      let share = step["share_of_peak"] as? Double
      #expect((share == nil) == ((step["multiply_adds"] as? Int) == 0))
    }
    #expect(try FoveaProcess.run(["models", "--rows"]).status == 64)
  }

  @Test("each pass of planning is told, line by line and as objects")
  func passes() throws {
    let plan = ["models", "fovea_nano_camvid", "--plan", "--size", "96x128", "--pass"]
    for (pass, key) in [("lower", "operation"), ("schedule", "group"), ("layout", "region")] {
      let objects = try FoveaProcess.run(plan + [pass, "--json"]).objects
      #expect(objects.contains { $0[key] is Int }, "\(pass)")
      let lines = try FoveaProcess.run(plan + [pass]).output.split(separator: "\n")
      #expect(lines.count == objects.count, "\(pass)")
    }
    #expect(try FoveaProcess.run(plan + ["fold"]).status == 64)
    #expect(try FoveaProcess.run(["models", "--pass", "lower"]).status == 64)
  }

  @Test("explain-input lists the steps and writes what the network will see")
  func explanation() throws {
    let scratch = try Scratch()
    let outcome = try FoveaProcess.run(
      ["explain-input", sample("coffee.png"), "-o", scratch.path("seen.png"), "--json"])
    let object = try #require(outcome.objects.first)
    #expect(
      Set(object.keys) == [
        "path", "format", "width", "height", "bits", "stored_as", "alpha", "orientation", "input_width",
        "input_height", "steps", "good_rows", "warnings",
      ])
    #expect(object["input_width"] as? Int == 80 && object["input_height"] as? Int == 80)
    #expect(scratch.exists("seen.png"))
  }

  @Test(
    "explain-input --raw gives the digests that Pillow recorded",
    arguments: [
      "exif_orientation/pillow/hopper_orientation_2.jpg"
    ])
  func rawDigest(_ name: String) throws {
    let corpora = fixtures.appending(path: "corpora")
    let table = try String(contentsOf: corpora.appending(path: "expected.tsv"), encoding: .utf8)
    let row = try #require(table.split(separator: "\n").first { $0.hasPrefix(name + "\t") })
    let path = corpora.appending(path: name).path(percentEncoded: false)
    let object = try #require(try FoveaProcess.run(["explain-input", path, "--raw", "--json"]).objects.first)
    #expect(object["rgb_sha256"] as? String == String(row.split(separator: "\t")[6]))
    #expect(object["orientation"] as? Int == 2)
  }
}
