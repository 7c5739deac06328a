import Fovea

/// What a run of `attend` writes: where, of which heads, for which pixels.
struct AttendOutputs {
  let answer: PhotoAttention
  let folder: String
  let queries: [PixelPosition]
  /// Heads to draw; nil is the mean.
  let heads: [Int?]
  let choice: DepthwiseChoice
  /// Threads that draw; nil is one a processor.
  let threads: Int?
  let printsJSON: Bool

  /// A file that was written, and what is said of it.
  private struct Written {
    let path: String
    let about: OrderedJSON
  }

  /// What one query, or all of them, gives of a block: its files, and a picture for the contact sheet.
  private struct Drawn {
    var files: [Written] = []
    var thumbnail: Image?
  }

  /// Throws where a file of the folder, or of a block's folder in it, would take the input's place.
  func check(spares input: String) throws(FoveaError) {
    let blocks = answer.blocks.map { FileSystem.asName($0.path) }
    let files = ["contact-sheet.png", "attention.safetensors", "statistics.json", "index.html"]
    for name in files { try OutputFile.check(FileSystem.join(folder, name), spares: input) }
    for block in blocks {
      let place = FileSystem.canonical(FileSystem.join(folder, block))
      guard !FileSystem.canonical(input).hasPrefix(place + "/") else {
        throw OutputFile.overwriting(input, by: "its output")
      }
    }
  }

  /// One picture a query and head, row and column, what every token receives, and the contact sheet of all rows.
  func writePictures() throws(FoveaError) {
    var sheet: [[Image]] = []
    for block in answer.blocks {
      for head in heads where (head ?? 0) < block.factors.heads {
        let folder = try made(block, head)
        let drawn = concurrentMap(queries.count + 1, threads: threads) { place -> Result<Drawn, FoveaError> in
          Result { () throws(FoveaError) in
            try place < queries.count
              ? draw(queries[place], of: block, head: head, in: folder)
              : drawReceived(of: block, head: head, in: folder)
          }
        }
        var line: [Image] = []
        for result in drawn {
          let drawn = try result.get()
          for file in drawn.files { tell(file.path, file.about) }
          if let thumbnail = drawn.thumbnail { line.append(thumbnail) }
        }
        sheet.append(line)
      }
    }
    guard let picture = PhotoAttention.sheet(sheet) else { return }
    let path = FileSystem.join(folder, "contact-sheet.png")
    try picture.write(to: path)
    tell(path, ["kind": "contact-sheet"])
  }

  private static let thumbnail = 192

  /// Draws where a pixel looks, which is shown on the sheet, and who looks there.
  private func draw(
    _ query: PixelPosition, of block: BlockAttention, head: Int?, in folder: String
  ) throws(FoveaError) -> Drawn {
    guard let token = answer.token(of: block, x: query.x, y: query.y),
      let key = answer.key(of: block, x: query.x, y: query.y)
    else { return Drawn() }
    let mark = (query.x, query.y)
    let row = block.row(query: token, head: head, choice)
    let column = block.column(key: key, head: head, choice)
    let start = FileSystem.join(FileSystem.join(folder, name(head)), "")
    let sum = OrderedJSON.single(row.reduce(0, +))
    let place: OrderedJSON = [.integer(query.x), .integer(query.y)]
    let files = [
      try write(
        answer.picture(of: row, block: block, shown: token, mark: mark),
        "\(start)query-\(query.x)-\(query.y).png", block,
        ["kind": "row", "query": place, "head": label(head), "row_sum": sum]),
      try write(
        answer.picture(of: column, .queries, block: block, shown: key, mark: mark),
        "\(start)key-\(query.x)-\(query.y).png", block,
        ["kind": "column", "query": place, "head": label(head)]),
    ]
    return Drawn(
      files: files,
      thumbnail: answer.picture(of: row, block: block, shown: token, mark: mark, width: Self.thumbnail))
  }

  /// Draws what every place receives from all queries.
  private func drawReceived(
    of block: BlockAttention, head: Int?, in folder: String
  ) throws(FoveaError) -> Drawn {
    let received = block.received(head: head, choice)
    let file = try write(
      answer.picture(of: received, block: block),
      FileSystem.join(folder, head == nil ? "received.png" : "\(name(head))/received.png"), block,
      ["kind": "received", "head": label(head)])
    return Drawn(
      files: [file], thumbnail: answer.picture(of: received, block: block, width: Self.thumbnail))
  }

  /// The maps of one query under every kernel, side by side, for each block.
  func writeComparisons(_ compared: [[BlockAttention]]) throws(FoveaError) {
    for (block, others) in zip(answer.blocks, compared) {
      for query in queries {
        guard let token = answer.token(of: block, x: query.x, y: query.y) else { continue }
        let pictures = ([block] + others).map { other in
          answer.picture(
            of: other.row(query: token, choice), block: other, shown: token, mark: (query.x, query.y),
            width: 256)
        }
        guard let sheet = PhotoAttention.sheet([pictures]) else { continue }
        let path = FileSystem.join(try made(block, nil), "compare/query-\(query.x)-\(query.y).png")
        try FileSystem.makeDirectory(FileSystem.folder(of: path))
        let file = try write(
          sheet, path, block, ["kind": "compare", "query": [.integer(query.x), .integer(query.y)]])
        tell(file.path, file.about)
      }
    }
  }

  private func made(_ block: BlockAttention, _ head: Int?) throws(FoveaError) -> String {
    let path = FileSystem.join(folder, FileSystem.asName(block.path))
    try FileSystem.makeDirectory(FileSystem.join(path, name(head)))
    return path
  }

  private func name(_ head: Int?) -> String { head.map { "head-\($0)" } ?? "head-mean" }

  private func label(_ head: Int?) -> OrderedJSON { head.map(OrderedJSON.integer) ?? "mean" }

  private func write(
    _ picture: Image, _ path: String, _ block: BlockAttention, _ more: OrderedJSON
  ) throws(FoveaError) -> Written {
    try picture.write(to: path)
    var pairs: [(key: String, value: OrderedJSON)] = [
      ("block", .string(block.path)), ("grid", [.integer(block.height), .integer(block.width)]),
    ]
    if case .object(let rest) = more {
      if !rest.contains(where: { $0.key == "query" }) { pairs.insert(("query", .null), at: 1) }
      for pair in rest {
        if pair.key == "query" { pairs.insert(pair, at: 1) } else { pairs.append(pair) }
      }
    }
    return Written(path: path, about: .object(pairs))
  }

  /// Says what was written: the path, or a JSON object that begins with it.
  func tell(_ path: String, _ more: OrderedJSON) {
    guard printsJSON, case .object(let pairs) = more else {
      return StandardOutput.shared.line(path)
    }
    StandardOutput.shared.line(.object([(key: "path", value: .string(path))] + pairs))
  }
}
