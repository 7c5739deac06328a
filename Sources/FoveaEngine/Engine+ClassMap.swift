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
    _ shape: Shape, to height: Int, _ width: Int, _ method: Resampling, elementSize: Int,
    kernels: UnsafePointer<fovea_kernels>, pool: ThreadPool
  ) throws(EngineError) {
    stage = ResampleStage(
      from: shape, to: Shape(height: height, width: width, channels: shape.channels), method: method)
    (self.kernels, self.pool) = (kernels, pool)
    (self.height, self.width, channels) = (height, width, shape.channels)
    rows = try AlignedBuffer(byteCount: width * shape.channels * elementSize * pool.count)
  }

  /// Writes the classes of a range of rows, row after row, from `target` on.
  func compute(_ range: Range<Int>, of logits: MapView, into target: UnsafeMutablePointer<UInt16>) {
    let rowBytes = width * channels * logits.elementSize
    pool.run { thread in
      let share = ThreadPool.share(of: range.count, thread: thread, threads: pool.count)
      let output = MapView(
        oneRow: rows.base + thread * rowBytes, height: height, width: width, channels: channels,
        elementSize: logits.elementSize)
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
}

extension Engine {
  /// The class of every pixel: the greatest of the logits, resampled to a size; the first of equal ones.
  ///
  /// (1, h, w, C) → height·width indices, rows from top to bottom. The resampled logits exist one row a thread
  /// at a time. Throws `EngineError.outOfMemory`. Cost: height·width·C times the method's taps.
  public func argmaxUpsampled(
    logits: FeatureMap, height: Int, width: Int, method: Resampling
  ) throws(EngineError) -> [UInt16] {
    precondition(logits.shape.batch == 1, "one image's logits at a time, not \(logits.shape)")
    guard let table = fovea_kernels_for(instructionSet.code, FOVEA_FLOAT32) else {
      throw .unsupportedPrecision(.float32, instructionSet)
    }
    let rows = try ClassRows(
      logits.shape, to: height, width, method, elementSize: 4, kernels: table, pool: pool)
    var classes = [UInt16](repeating: 0, count: height * width)
    classes.withUnsafeMutableBufferPointer { classes in
      logits.values.withUnsafeBytes { values in
        guard let source = values.baseAddress, let target = classes.baseAddress else { return }
        let view = MapView(whole: UnsafeMutableRawPointer(mutating: source), logits.shape)
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
    let logits = execution.view(placement, image: 0)
    let rows = try ClassRows(
      shape, to: height, width, method, elementSize: logits.elementSize, kernels: execution.kernels,
      pool: execution.pool)
    let run = max(1, min(height, (1 << 20) / width))
    let classes = try AlignedBuffer(byteCount: run * width * MemoryLayout<UInt16>.stride)
    let target = classes.base.bindMemory(to: UInt16.self, capacity: run * width)
    var start = 0
    while start < height {
      let count = min(run, height - start)
      rows.compute(start..<start + count, of: logits, into: target)
      for row in 0..<count { try body(UnsafeBufferPointer(start: target + row * width, count: width)) }
      start += count
    }
  }
}

extension MapView {
  /// One image of float32 elements in the caller's memory.
  init(whole base: UnsafeMutableRawPointer, _ shape: Shape) {
    self.init(
      base: base, pixelStride: shape.channels, rowStride: shape.width * shape.channels,
      capacity: shape.height, firstColumn: 0, height: shape.height, width: shape.width,
      keptColumns: shape.width, elementSize: 4)
  }

  /// A row of elements that every row of a map takes in turn.
  init(oneRow base: UnsafeMutableRawPointer, height: Int, width: Int, channels: Int, elementSize: Int) {
    self.init(
      base: base, pixelStride: channels, rowStride: width * channels, capacity: 1, firstColumn: 0,
      height: height, width: width, keptColumns: width, elementSize: elementSize)
  }
}
