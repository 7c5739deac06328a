import ArgumentParser
import Fovea

/// `fovea attend`: pictures of what attention looks at.
struct Attend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what the network's attention looks at, exactly: pictures, numbers, a page.",
    discussion: """
      Writes to the folder: index.html, which shows the map of any pixel under the pointer; for every attention \
      block and query pixel BLOCK/head-mean/query-X-Y.png, the weights that the pixel gives to every place, and \
      key-X-Y.png, those that every place gives to it; BLOCK/received.png, what every place receives from all \
      queries; contact-sheet.png, blocks by queries; statistics.json; and attention.safetensors, from which any \
      weight can be rebuilt. Weights are those of the attention plus its depthwise term, where there is one.

      --query counts in the photo's own upright pixels, x (the column) first.

      EXAMPLES
        fovea attend street.png -o attention --query 120,200
        fovea attend street.png -o attention --block backbone.stages.3.1.attention --head all --compare
      """)

  @Argument(help: "An image file, or - for standard input.")
  var path: String
  @OptionGroup(title: "Model") var model: ModelArguments
  @Option(name: [.customShort("o"), .long], help: ArgumentHelp("The folder to write to.", valueName: "dir"))
  var output: String
  @Option(
    help: ArgumentHelp("Only this block; may be given again. Without it all of them.", valueName: "name"))
  var block: [String] = []
  @Option(
    help: ArgumentHelp("A pixel of the photo; may be given again. Without it a grid.", valueName: "x,y"))
  var query: [PixelPosition] = []
  @Option(help: "Without --query, so many rows and columns of query pixels.")
  var grid: Limit = Limit(3)
  @Option(help: ArgumentHelp("Heads to draw: mean, all or a number from 0.", valueName: "head"))
  var head: HeadChoice = .mean
  @Option(
    help: ArgumentHelp("Add the depthwise term of this channel of each head, from 0, not the mean."))
  var channel: Int?
  @Flag(help: "The attention alone, without its depthwise term.")
  var withoutDwc = false
  @Flag(help: "The same queries and keys under softmax, ELU+1, ReLU and focused attention, side by side.")
  var compare = false
  @Option(
    help: ArgumentHelp(
      "Bytes of factors that the page may hold, 64M unless given; it names the blocks that it left out.",
      valueName: "bytes, 512K, 64M"))
  var pageLimit: ByteCount?
  @Flag(help: "Write nothing, and say on standard error what each part of the work takes.")
  var timings = false
  @Flag(help: "Print JSON Lines: one object a file that was written.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func validate() throws {
    guard channel == nil || !withoutDwc else {
      throw ValidationError("give either --channel or --without-dwc")
    }
    guard grid.value <= Self.largestGrid else {
      throw ValidationError(
        "--grid is at most \(Self.largestGrid), \(Self.largestGrid * Self.largestGrid) query pixels")
    }
  }

  func run() throws {
    let output = try OutputFile.folder(output)
    let file = try InputFile.single(path)
    let probe = try AttentionProbe(model.source, options: running.options)
    Messages.tell(of: probe.model)
    let answer = try probe.attention(
      in: file.source, blocks: block.isEmpty ? nil : block, images: images.options)
    Messages.warn(answer.warnings, about: file.path)
    try checkNumbers(answer)
    guard !timings else {
      let run = running.options
      return try AttendTimings(
        probe: probe, answer: answer, images: images.options, run: run, choice: choice
      ).tell()
    }
    let outputs = AttendOutputs(
      answer: answer, folder: output, queries: try queries(on: answer, path: file.path),
      heads: heads(of: answer), choice: choice,
      threads: running.threads?.value, printsJSON: json)
    if file.origin == .file { try outputs.check(spares: file.path) }
    try FileSystem.makeDirectory(output)
    try outputs.writePictures()
    let tensors = FileSystem.join(output, "attention.safetensors")
    try answer.writeTensors(to: tensors)
    outputs.tell(tensors, ["kind": "tensors"])
    let described = try describe(outputs)
    try write(statistics(outputs, described, model: probe.model.name), as: "statistics.json", outputs)
    let page = try PageJSON.html(
      answer, model: probe.model.name, depthwise: choiceName, choice: choice,
      limit: pageLimit?.value ?? AttentionPage.limit, blocks: described)
    try write(page, as: "index.html", outputs)
  }

  private static let largestGrid = 64

  private var choice: DepthwiseChoice {
    withoutDwc ? .without : channel.map(DepthwiseChoice.channel) ?? .mean
  }

  private var choiceName: String { withoutDwc ? "without" : channel.map { "channel \($0)" } ?? "mean" }

  private func heads(of answer: PhotoAttention) -> [Int?] {
    switch head {
    case .mean: [nil]
    case .number(let number): [number]
    case .all: [nil] + (0..<(answer.blocks.map(\.factors.heads).max() ?? 0)).map(Optional.some)
    }
  }

  /// A head or a channel that no block has is a mistake of the arguments.
  private func checkNumbers(_ answer: PhotoAttention) throws(FoveaError) {
    let heads = answer.blocks.map(\.factors.heads).max() ?? 0
    if case .number(let number) = head, number >= heads {
      throw FoveaError(
        path: "--head \(number)", reason: "the blocks have at most \(heads) heads",
        hint: "heads count from 0", status: .usage)
    }
    let channels = answer.blocks.compactMap { $0.depthwise?.channels }.min() ?? 0
    if let channel, !(0..<channels).contains(channel) {
      throw FoveaError(
        path: "--channel \(channel)", reason: "the depthwise terms have \(channels) channels a head",
        hint: "channels count from 0", status: .usage)
    }
  }

  /// The blocks with their statistics, and the pictures of comparisons where they are wanted.
  private func describe(_ outputs: AttendOutputs) throws -> [[(key: String, value: OrderedJSON)]] {
    let threads = running.threads?.value
    let others = compare ? outputs.answer.blocks.map { block in ComparedKernel.all.map(block.under) } : []
    if compare { try outputs.writeComparisons(others) }
    return outputs.answer.blocks.enumerated().map { place, block in
      let own = outputs.answer.statistics(of: block, choice, threads: threads)
      let lines =
        compare
        ? others[place].compactMap { other in
          outputs.answer.statistics(of: other, choice, ofMeanAlone: true, threads: threads).last.map {
            (other.kernel, $0)
          }
        } : nil
      return StatisticsJSON.block(block, own, compare: lines)
    }
  }

  private func statistics(
    _ outputs: AttendOutputs, _ described: [[(key: String, value: OrderedJSON)]], model: String
  ) -> String {
    let photo = outputs.answer.photo
    let whole: OrderedJSON = [
      "path": .string(path), "model": .string(model),
      "photo": ["width": .integer(photo.width), "height": .integer(photo.height)],
      "depthwise": .string(choiceName), "blocks": .array(described.map(OrderedJSON.object)),
      "queries": StatisticsJSON.queries(
        outputs.answer, outputs.queries, heads: outputs.heads, choice),
    ]
    return whole.text + "\n"
  }

  private func write(_ text: String, as name: String, _ outputs: AttendOutputs) throws(FoveaError) {
    let path = FileSystem.join(output, name)
    try FileSystem.write(text, to: path)
    outputs.tell(path, ["kind": .string(name == "index.html" ? "page" : "statistics")])
  }

  /// The query pixels: those given, which must lie where the network sees, or the middles of a grid's cells.
  private func queries(on answer: PhotoAttention, path: String) throws(FoveaError) -> [PixelPosition] {
    let (width, height) = (answer.photo.width, answer.photo.height)
    guard !query.isEmpty else {
      let columns = min(grid.value, width), rows = min(grid.value, height)
      return (0..<rows).flatMap { row in
        (0..<columns).map { column in
          PixelPosition(x: (2 * column + 1) * width / (2 * columns), y: (2 * row + 1) * height / (2 * rows))
        }
      }
    }
    for position in query {
      guard position.x < width, position.y < height else {
        throw FoveaError(
          path: "\(position.x),\(position.y)",
          reason: "is outside the picture of \(width) x \(height) pixels",
          hint: "--query is X,Y: the column first", status: .usage)
      }
      guard let block = answer.blocks.first, answer.token(of: block, x: position.x, y: position.y) != nil
      else {
        throw FoveaError(
          path: "\(position.x),\(position.y)", reason: "is outside what the network sees of \(path)",
          hint: "--fit native shows it the whole picture", status: .usage)
      }
    }
    return query
  }
}

/// Which heads are drawn.
enum HeadChoice: ExpressibleByArgument {
  case mean
  case all
  case number(Int)

  init?(argument: String) {
    switch argument {
    case "mean": self = .mean
    case "all": self = .all
    default:
      guard let number = Int(argument), number >= 0 else { return nil }
      self = .number(number)
    }
  }

  var defaultValueDescription: String { "mean" }
}
