import Fovea

/// What a run of `attend` writes: where, of which heads, for which pixels.
struct AttendOutputs {
  let answer: PhotoAttention
  let folder: String
  let queries: [PixelPosition]
  /// Heads to draw; nil is the mean.
  let heads: [Int?]
  let choice: DepthwiseChoice
  let printsJSON: Bool

  /// One picture a query and head, row and column, what every token receives, and the contact sheet of all rows.
  func writePictures() throws(FoveaError) {
    var sheet: [[Image]] = []
    for block in answer.blocks {
      for head in heads where (head ?? 0) < block.factors.heads {
        var line: [Image] = []
        for query in queries {
          line += [try draw(query, of: block, head: head)].compactMap { $0 }
        }
        let received = block.received(head: head, choice)
        line.append(answer.picture(of: received, block: block, width: Self.thumbnail))
        let file = head == nil ? "received.png" : "\(name(head))/received.png"
        let path = FileSystem.join(try made(block, head), file)
        try write(
          answer.picture(of: received, block: block), path, block,
          ["kind": "received", "head": label(head)])
        sheet.append(line)
      }
    }
    guard let picture = PhotoAttention.sheet(sheet) else { return }
    let path = FileSystem.join(folder, "contact-sheet.png")
    try picture.write(to: path)
    tell(path, ["kind": "contact-sheet"])
  }

  private static let thumbnail = 192

  /// Draws where a pixel looks and who looks there; gives the first, small.
  private func draw(
    _ query: PixelPosition, of block: BlockAttention, head: Int?
  ) throws(FoveaError) -> Image? {
    guard let token = answer.token(of: block, x: query.x, y: query.y),
      let key = answer.key(of: block, x: query.x, y: query.y)
    else { return nil }
    let mark = (query.x, query.y)
    let row = block.row(query: token, head: head, choice)
    let column = block.column(key: key, head: head, choice)
    let start = FileSystem.join(FileSystem.join(try made(block, head), name(head)), "")
    let sum = OrderedJSON.single(row.reduce(0, +))
    let place: OrderedJSON = [.integer(query.x), .integer(query.y)]
    try write(
      answer.picture(of: row, block: block, shown: token, mark: mark),
      "\(start)query-\(query.x)-\(query.y).png", block,
      ["kind": "row", "query": place, "head": label(head), "row_sum": sum])
    try write(
      answer.picture(of: column, .queries, block: block, shown: key, mark: mark),
      "\(start)key-\(query.x)-\(query.y).png", block,
      ["kind": "column", "query": place, "head": label(head)])
    return answer.picture(of: row, block: block, shown: token, mark: mark, width: Self.thumbnail)
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
        try write(sheet, path, block, ["kind": "compare", "query": [.integer(query.x), .integer(query.y)]])
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
  ) throws(FoveaError) {
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
    tell(path, .object(pairs))
  }

  /// Says what was written: the path, or a JSON object that begins with it.
  func tell(_ path: String, _ more: OrderedJSON) {
    guard printsJSON, case .object(let pairs) = more else {
      return StandardOutput.shared.line(escaped(path))
    }
    StandardOutput.shared.line(.object([(key: "path", value: .string(path))] + pairs))
  }
}
