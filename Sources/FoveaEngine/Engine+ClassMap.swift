import CFoveaKernels
import FoveaGraph

/// Logits resampled to a size and reduced to their greatest class, some rows at a time on all threads.
private struct ClassRows {
  let stage: ResampleStage
  let kernels: UnsafePointer<fovea_kernels>
  let pool: ThreadPool
  let height: Int
  let width: Int
  let channels: Int
  /// A row of resampled logits for each thread.
  let rows: AlignedBuffer

  init(
    _ shape: Shape, to height: Int, _ width: Int, _ method: Resampling, kernels: KernelTable, pool: ThreadPool
  ) throws(EngineError) {
    stage = ResampleStage(
      from: shape, to: Shape(height: height, width: width, channels: shape.channels), method: method)
    (self.kernels, self.pool) = (kernels.pointer, pool)
    (self.height, self.width, channels) = (height, width, shape.channels)
    rows = try AlignedBuffer(byteCount: width * channels * MemoryLayout<Float>.size * pool.count)
  }

  /// Writes the classes of a range of rows, row after row, from `target` on; logits are float32.
  func compute(_ range: Range<Int>, of logits: MapView, into target: UnsafeMutablePointer<UInt16>) {
    let rowBytes = width * channels * logits.elementSize
    pool.run { thread in
      let share = ThreadPool.share(of: range.count, thread: thread, threads: pool.count)
      let output = MapView(
        ring: rows.base + thread * rowBytes, ofRows: 1,
        Shape(height: height, width: width, channels: channels))
      let maps = StageMaps(kernels: kernels, input: logits, output: output, scratch: rows.base)
      for offset in share {
        let row = range.lowerBound + offset
        stage.run(Area(rows: row..<row + 1, columns: 0..<width), maps)
        var request = fovea_argmax(
          rows: width, channels: channels, input: output.base, input_stride: channels,
          indices: target + offset * width)
        kernels.pointee.argmax(&request)
      }
    }
  }

  /// The most rows from `start` on that some rows of logits suffice for, up to `limit`; at least one.
  func run(from start: Int, limit: Int, logitsRows: Int) -> (rows: Range<Int>, logits: Range<Int>) {
    var count = min(limit, height - start)
    while true {
      let rows = start..<start + count
      let needed = stage.vertical.inputs(for: rows)
      if count == 1 || needed.count <= logitsRows { return (rows, needed) }
      count /= 2
    }
  }
}

extension Engine {
  /// The class of a pixel one of whose logits is no number.
  public static let undecided = UInt16(FOVEA_UNDECIDED)

  /// The class of every pixel: the greatest of the logits, resampled to a size; the first of equal ones, or
  /// `undecided`.
  ///
  /// (1, h, w, C) → height·width indices, rows from top to bottom. The resampled logits exist one row a thread
  /// at a time. Throws `EngineError.outOfMemory`. Cost: height·width·C times the method's taps.
  public func argmaxUpsampled(
    logits: FeatureMap, height: Int, width: Int, method: Resampling
  ) throws(EngineError) -> [UInt16] {
    precondition(logits.shape.batch == 1, "one image's logits at a time, not \(logits.shape)")
    let rows = try ClassRows(logits.shape, to: height, width, method, kernels: floatKernels, pool: pool)
    var classes = [UInt16](repeating: 0, count: height * width)
    classes.withUnsafeMutableBufferPointer { classes in
      logits.values.withUnsafeBytes { values in
        guard let source = values.baseAddress, let target = classes.baseAddress else { return }
        let view = MapView(
          ring: UnsafeMutableRawPointer(mutating: source), ofRows: logits.shape.height, logits.shape)
        rows.compute(0..<height, of: view, into: target)
      }
    }
    return classes
  }
}

extension OutputMap {
  /// Hands over the class of every pixel, as `Engine.argmaxUpsampled`, a row at a time from top to bottom.
  ///
  /// Memory: some rows, whatever the size. Throws `EngineError.outOfMemory` and what `body` throws.
  public func forEachClassRow(
    height: Int, width: Int, method: Resampling, body: (UnsafeBufferPointer<UInt16>) throws -> Void
  ) throws {
    let rows = try ClassRows(
      shape, to: height, width, method, kernels: floatKernels, pool: execution.pool)
    let limit = max(1, min(height, (1 << 20) / width))
    let classes = try AlignedBuffer(byteCount: limit * width * MemoryLayout<UInt16>.stride)
    let target = classes.base.bindMemory(to: UInt16.self, capacity: limit * width)
    let floats = try FloatRows(of: self, count: DepartingRowsProgram.bandRows)
    var start = 0
    while start < height {
      let run = rows.run(from: start, limit: limit, logitsRows: DepartingRowsProgram.bandRows)
      rows.compute(run.rows, of: floats.view(holding: run.logits), into: target)
      for row in run.rows {
        try body(UnsafeBufferPointer(start: target + (row - start) * width, count: width))
      }
      start = run.rows.upperBound
    }
  }
}

/// Some rows of a result in float32: where they lie, or converted into a ring.
private struct FloatRows {
  let map: OutputMap
  /// Nil where the rows are float32 where they lie.
  let ring: (buffer: AlignedBuffer, view: MapView)?

  init(of map: OutputMap, count: Int) throws(EngineError) {
    self.map = map
    guard map.execution.elementSize != MemoryLayout<Float>.size else {
      ring = nil
      return
    }
    let elements = count * map.shape.width * map.shape.channels
    let buffer = try AlignedBuffer(byteCount: elements * MemoryLayout<Float>.size)
    ring = (buffer, MapView(ring: buffer.base, ofRows: count, map.shape))
  }

  /// A view of the map in which these rows may be read.
  func view(holding rows: Range<Int>) -> MapView {
    guard let ring else { return map.view(image: 0, holding: rows) }
    let pool = map.execution.pool
    map.prepare(rows)
    pool.run { thread in
      for offset in ThreadPool.share(of: rows.count, thread: thread, threads: pool.count) {
        let row = rows.lowerBound + offset
        map.convert(row, image: 0, into: ring.view.pixel(row, 0).assumingMemoryBound(to: Float.self))
      }
    }
    return ring.view
  }
}

extension MapView {
  /// A ring of dense float32 rows of one image; all of them where it has as many.
  init(ring base: UnsafeMutableRawPointer, ofRows count: Int, _ shape: Shape) {
    self.init(
      base: base, pixelStride: shape.channels, rowStride: shape.width * shape.channels, capacity: count,
      firstColumn: 0, height: shape.height, width: shape.width, keptColumns: shape.width,
      elementSize: MemoryLayout<Float>.size)
  }
}
