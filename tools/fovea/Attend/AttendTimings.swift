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
    for block in answer.blocks {
      let duration = try fastest(of: 1) { () throws(FoveaError) in
        _ = answer.statistics(of: block, choice, threads: run.threads)
      }
      Messages.tell("statistics of \(block.path): \(duration)")
    }
    Messages.tell("peak memory: \(MachineMemory.peak >> 20) MB")
  }

  private func fastest(
    of count: Int = 3, _ body: () throws(FoveaError) -> Void
  ) throws(FoveaError) -> Duration {
    var best = Duration.seconds(1_000_000)
    for _ in 0..<count {
      let start = ContinuousClock.now
      try body()
      best = min(best, ContinuousClock.now - start)
    }
    return best
  }
}
