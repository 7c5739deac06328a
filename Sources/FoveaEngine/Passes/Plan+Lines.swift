private struct StepFields: Encodable {
  let step: Int
  let kind: String
  let detail: String
  let paths: [String]
  let reads: [Int]
  let writes: [Int]
  let scratchBytes: Int
  let strip: StripFields?
}

private struct RegionFields: Encodable {
  let region: Int
  let bytes: Int
  let offset: Int
  let first: Int
  let last: Int
  let isConstant: Bool
  let isBorrowed: Bool
}

private struct ArrivingFields: Encodable {
  let arriving: [Int]
  let keptRows: Int
  /// Rows that have arrived, and rows of the last stages that they suffice for, band by band.
  let bands: [[Int]]
  let reads: [Int]
  let writes: [Int]
  let strip: StripFields
}

private struct DepartingFields: Encodable {
  let departing: [Int]
  let keptRows: Int
  let reads: [Int]
  let writes: [Int]
  let strip: StripFields
}

/// A strip program, with the rows of its first blocks.
private struct StripFields: Encodable {
  struct Stage: Encodable {
    let path: String
    let kind: String
    let shape: [Int]
    let input: String
    let second: String?
    let residual: String?
    let destination: Int?
    let ringRows: Int?
    let companions: [Int]
    let sharedRing: Int?
    /// For the first blocks the rows that it computes, and the first of its rows that is still read: from,
    /// to, first.
    let blocks: [[Int]]
  }

  let blockRows: Int
  let stages: [Stage]

  init(_ program: StripProgram, blockRows: Int, ringRows: [Int]?) {
    self.blockRows = blockRows
    let blocks = program.firstBlocks(of: blockRows, count: 12)
    stages = program.stages.enumerated().map { index, stage in
      Stage(
        path: stage.path, kind: String(describing: type(of: stage.stage)), shape: stage.shape.extents,
        input: stage.input.text, second: stage.second?.text, residual: stage.residual?.text,
        destination: stage.destination?.region.index,
        ringRows: stage.destination == nil && stage.sharedRing == nil ? ringRows?[index] : nil,
        companions: stage.companions.map(\.index), sharedRing: stage.sharedRing?.with.index,
        blocks: blocks.map { $0[index] })
    }
  }
}

extension StripProgram {
  /// For each of the first blocks of rows and each stage: the rows that it computes, and the first that is
  /// still read.
  fileprivate func firstBlocks(of blockRows: Int, count: Int) -> [[[Int]]] {
    withCursor { cursor in
      cursor.begin(at: 0)
      var (row, blocks) = (0, [[[Int]]]())
      while row < last.shape.height, blocks.count < count {
        row = min(row + blockRows, last.shape.height)
        cursor.advance(to: row)
        blocks.append(
          stages.indices.map { index in
            let rows = cursor.rows[index]
            return [rows.lowerBound, rows.upperBound, min(cursor.firstUse[index], rows.upperBound)]
          })
      }
      return blocks
    }
  }
}

extension StageSource {
  fileprivate var text: String {
    switch self {
    case .map(let placement): "region \(placement.region.index)"
    case .stage(let stage, _): "stage \(stage.index)"
    case .arrivingRows: "arriving rows"
    }
  }
}

extension Plan {
  /// A line for what happens as rows arrive, for every step, for what happens as rows are read, and for every
  /// region.
  func lines(elementSize: Int) -> [PassLine] {
    let arriving = ends.arriving.map { program in
      PassLine(
        "as rows arrive: \(program.bands.program.stages.count) stages, \(program.keptRows) rows kept",
        ArrivingFields(
          arriving: program.image.extents, keptRows: program.keptRows,
          bands: program.schedule.map { [$0.arrived, $0.ends] }, reads: program.reads.map(\.index),
          writes: program.writes.map(\.index),
          strip: StripFields(program.bands.program, blockRows: 1, ringRows: program.bands.ringRows)))
    }
    let departing = ends.departing.map { program in
      PassLine(
        "as rows are read: \(program.bands.program.stages.count) stages, \(program.keptRows) rows kept",
        DepartingFields(
          departing: program.bands.program.last.shape.extents, keptRows: program.keptRows,
          reads: program.reads.map(\.index), writes: program.writes.map(\.index),
          strip: StripFields(program.bands.program, blockRows: 1, ringRows: program.bands.ringRows)))
    }
    return [arriving].compactMap { $0 } + steps.enumerated().map(line) + [departing].compactMap { $0 }
      + regions.ids.map(line)
  }

  private func line(_ index: Int, _ step: any Step) -> PassLine {
    let (reads, writes) = (Set(step.reads).sorted(), Set(step.writes).sorted())
    let names = { (regions: [RegionID]) in regions.map { "r\($0.index)" }.joined(separator: " ") }
    return PassLine(
      "\(index) \(step.kind) \(step.paths.joined(separator: ", ")): \(names(reads)) → \(names(writes)) "
        + step.detail,
      StepFields(
        step: index, kind: step.kind, detail: step.detail, paths: step.paths, reads: reads.map(\.index),
        writes: writes.map(\.index), scratchBytes: step.scratchBytes,
        strip: (step as? StripStep).map {
          StripFields($0.program, blockRows: $0.layout.blockRows, ringRows: $0.layout.ringRows)
        }))
  }

  private func line(_ id: RegionID) -> PassLine {
    let region = regions[id]
    let life = "steps \(region.firstStep)…\(region.lastStep)"
    let isConstant = constants[id] != nil
    let isBorrowed = ends.borrowsInputs && ends.inputs.contains { $0.region == id }
    let place = isConstant ? "a constant" : isBorrowed ? "the caller's" : "at \(region.offset)"
    return PassLine(
      "r\(id.index) \(region.byteCount) bytes, \(place), \(isConstant ? "always" : life)",
      RegionFields(
        region: id.index, bytes: region.byteCount, offset: region.offset, first: region.firstStep,
        last: region.lastStep, isConstant: isConstant, isBorrowed: isBorrowed))
  }
}
