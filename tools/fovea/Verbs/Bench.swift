import ArgumentParser
import Fovea

/// `fovea bench`: how fast a model runs here.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a model on this machine.",
    discussion: """
      -m is a model, or an architecture's bare name, whose weights are then random with a fixed seed. --size is \
      height first.

      EXAMPLES
        fovea bench -m efficientvit_b1 --size 224x224 --size 1024x1024 --threads 2
        fovea bench -m fovea_nano_camvid --size 360x480 --json
        {"model":"fovea_nano_camvid","height":360,"width":480,"batch":1,…}
      """)

  @OptionGroup(title: "Model") var model: ModelArguments
  @Option(
    help: ArgumentHelp("Height and width; may be given again. Without it the model's own.", valueName: "hxw"))
  var size: [ImageSize] = []
  @Option(help: "Images in a run.")
  var batch: Limit = Limit(1)
  @Option(help: "Seconds to measure each size for, at least five runs.")
  var seconds: Double = 2
  @Flag(
    help:
      "The time of each step, its share, and its rates: multiply-adds and bytes a second, of what the machine does at best."
  )
  var profile = false
  @Flag(help: "Print JSON Lines: one object a size.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func validate() throws {
    guard (0...3600).contains(seconds) else { throw ValidationError("--seconds is from 0 to 3600") }
  }

  func run() throws {
    let benchmark = try Benchmark(model.model, options: running.options)
    let sizes = size.isEmpty ? [ImageSize(height: benchmark.height, width: benchmark.width)] : size
    for size in sizes {
      guard !profile else {
        let steps = try benchmark.profile(height: size.height, width: size.width, batch: batch.value)
        steps.tell(json: json, rates: try benchmark.measuredRates())
        continue
      }
      let timing = try benchmark.run(
        height: size.height, width: size.width, batch: batch.value, seconds: seconds)
      StandardOutput.shared.answer(json: json, timing.json, [timing.text])
    }
  }
}

extension Benchmark.Timing {
  var json: OrderedJSON {
    [
      "model": .string(model), "height": .integer(height), "width": .integer(width),
      "batch": .integer(batch), "threads": .integer(threads), "precision": .string(precision.rawValue),
      "isa": .string(instructionSet.rawValue), "minimum_ms": .number(rounded(minimum * 1000)),
      "median_ms": .number(rounded(median * 1000)),
      "images_per_second": .number(rounded(Double(batch) / median)),
      "peak_rss_mb": .number(rounded(Double(peakMemory) / 1_048_576)), "parameters": .integer(parameters),
      "multiply_adds": .integer(multiplyAdds),
    ]
  }

  var text: String {
    let rate = rounded(Double(batch) / median)
    return "\(model)  \(height)x\(width)  batch \(batch)  \(threads) threads  \(precision.rawValue)  "
      + "\(instructionSet.rawValue)  minimum \(rounded(minimum * 1000)) ms  median \(rounded(median * 1000)) ms  "
      + "\(rate) images/s  \(rounded(Double(peakMemory) / 1_048_576)) MB"
  }

  private func rounded(_ value: Double) -> Double {
    (value * 1000).rounded() / 1000
  }
}
