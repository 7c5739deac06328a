import Fovea

/// What looking into a picture costs, beside one run of the network: the fastest of three.
struct AttendTimings {
  let probe: AttentionProbe
  let answer: PhotoAttention
  let images: ImageOptions
  let run: RunOptions
  let choice: DepthwiseChoice

  /// A line a step on standard error.
  func tell() throws(FoveaError) {
    let names = answer.blocks.map(\.path)
    let extractor = try FeatureExtractor(ModelSource(argument: probe.model.path), options: run)
    let inference = try fastest { () throws(FoveaError) in
      _ = try extractor.features(of: answer.photo, stages: ["logits"], images: images)
    }
    let reading = try fastest { () throws(FoveaError) in
      _ = try probe.attention(in: answer.photo, blocks: names, images: images)
    }
    let maps = try fastest { () throws(FoveaError) in
      for block in answer.blocks {
        _ = block.row(query: block.queryCount / 2, choice)
        _ = block.column(key: block.keyCount / 2, choice)
        _ = block.received(choice)
      }
    }
    Messages.tell("one inference: \(inference)")
    Messages.tell("inference and factors of \(answer.blocks.count) blocks: \(reading)")
    Messages.tell("a row, a column and the received map of each: \(maps)")
    var all = Cost.zero
    for block in answer.blocks {
      let cost = try fastest { () throws(FoveaError) in
        _ = answer.statistics(of: block, choice, threads: run.threads)
      }
      Messages.tell("statistics of \(block.path): \(cost)")
      all = Cost(duration: all.duration + cost.duration, processor: all.processor + cost.processor)
    }
    Messages.tell("statistics of all blocks: \(all)")
    Messages.tell("peak memory: \(MachineMemory.peak >> 20) MB")
  }

  /// Time on the clock, and on all processors together: the latter does not count what others use.
  private struct Cost: CustomStringConvertible {
    var duration: Duration
    var processor: Duration

    static let zero = Cost(duration: .zero, processor: .zero)

    var description: String { "\(Self.text(duration)) (\(Self.text(processor)) of processors)" }

    private static func text(_ duration: Duration) -> String {
      "\((duration / .milliseconds(1) * 10).rounded() / 10) ms"
    }
  }

  private func fastest(_ body: () throws(FoveaError) -> Void) throws(FoveaError) -> Cost {
    var best = Cost(duration: .seconds(1_000_000), processor: .seconds(1_000_000))
    for _ in 0..<3 {
      let (start, processor) = (ContinuousClock.now, MachineTime.processor)
      try body()
      best.duration = min(best.duration, ContinuousClock.now - start)
      best.processor = min(best.processor, MachineTime.processor - processor)
    }
    return best
  }
}
