import ArgumentParser
import Fovea

/// How a model is run: the options of every verb that runs one.
struct RunArguments: ParsableArguments {
  @Option(help: "Threads; without it one a processor. The results are the same for any number.")
  var threads: ThreadCount?

  @Option(help: "What feature maps are made of while the model runs; auto is f32, which changes no answer.")
  var precision: PrecisionChoice = .f32

  @Option(
    help: ArgumentHelp(
      "Refuse an image whose run would need more memory; without it three quarters of the machine's.",
      valueName: "bytes, 512M, 4G"))
  var maxMemory: ByteCount?

  /// The library's options.
  var options: RunOptions {
    var options = RunOptions()
    options.threads = threads?.value
    options.precision = precision == .bf16 ? .bfloat16 : .float32
    if let maxMemory { options.memoryLimit = maxMemory.value }
    return options
  }
}

/// A number of threads, from 1 to 1024.
struct ThreadCount: ExpressibleByArgument {
  var value: Int

  init?(argument: String) {
    guard let value = Int(argument), (1...1024).contains(value) else { return nil }
    self.value = value
  }
}

/// A number of bytes, which may end in K, M, G or T (of 1024), with or without B or iB.
struct ByteCount: ExpressibleByArgument {
  var value: Int

  init?(argument: String) {
    var text = Substring(argument.lowercased())
    for ending in ["ib", "b"] where text.hasSuffix(ending) {
      text.removeLast(ending.count)
      break
    }
    var factor = 1.0
    if let last = text.last, let power = Array("kmgt").firstIndex(of: last) {
      text.removeLast()
      for _ in 0...power { factor *= 1024 }
    }
    guard let number = Double(text), number * factor >= 1, number * factor < 0x1p62 else { return nil }
    value = Int(number * factor)
  }
}

/// What feature maps are made of, as it is written on the command line.
enum PrecisionChoice: String, ExpressibleByArgument, CaseIterable {
  case f32, bf16, auto
}
