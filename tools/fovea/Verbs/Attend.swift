import ArgumentParser
import Fovea

/// `fovea attend`: pictures of what attention looks at.
struct Attend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw what the network's attention looks at, exactly, as heat maps over the picture.",
    discussion: """
      For every attention block and every query pixel: BLOCK/head-mean/query-X-Y.png, the weights that the \
      query gives to every place, mean over the heads; and BLOCK/received.png, what every place receives from \
      all queries. --query counts in the photo's own upright pixels, x (the column) first.

      EXAMPLE
        fovea attend street.png -o attention --query 120,200
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
  @Flag(help: "Print JSON Lines: one object a picture that was written.")
  var json = false
  @OptionGroup(title: "Pictures") var images: ImageArguments
  @OptionGroup(title: "Running") var running: RunArguments

  func run() throws {
    let file = try InputFile.single(path)
    let probe = try AttentionProbe(model.source, options: running.options)
    let answer = try probe.attention(
      in: file.source, blocks: block.isEmpty ? nil : block, images: images.options)
    Messages.warn(answer.warnings, about: file.path)
    let queries = try queries(on: answer, path: file.path)
    for block in answer.blocks {
      try draw(block, of: answer, queries: queries)
    }
  }

  private func draw(
    _ block: BlockAttention, of answer: PhotoAttention, queries: [PixelPosition]
  ) throws(FoveaError) {
    let folder = FileSystem.join(output, FileSystem.asName(block.path))
    try FileSystem.makeDirectory(FileSystem.join(folder, "head-mean"))
    for query in queries {
      guard let token = answer.token(of: block, x: query.x, y: query.y) else { continue }
      let picture = answer.picture(
        of: block.row(query: token), block: block, mark: (query.x, query.y))
      try write(picture, "\(folder)/head-mean/query-\(query.x)-\(query.y).png", block, query)
    }
    try write(
      answer.picture(of: block.received(), block: block), FileSystem.join(folder, "received.png"), block, nil)
  }

  private func write(
    _ picture: Image, _ path: String, _ block: BlockAttention, _ query: PixelPosition?
  ) throws(FoveaError) {
    try picture.write(to: path)
    guard json else { return StandardOutput.shared.line(escaped(path)) }
    let position: OrderedJSON = query.map { [.integer($0.x), .integer($0.y)] } ?? .null
    StandardOutput.shared.line([
      "path": .string(path), "block": .string(block.path), "query": position,
      "grid": [.integer(block.height), .integer(block.width)],
    ])
  }

  /// The query pixels: those given, which must lie where the network sees, or the middles of a grid's cells.
  private func queries(on answer: PhotoAttention, path: String) throws(FoveaError) -> [PixelPosition] {
    let (width, height) = (answer.photo.width, answer.photo.height)
    guard !query.isEmpty else {
      let cells = 0..<grid.value
      return cells.flatMap { row in
        cells.map { column in
          PixelPosition(
            x: (2 * column + 1) * width / (2 * grid.value), y: (2 * row + 1) * height / (2 * grid.value))
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
