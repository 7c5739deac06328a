/// Who hands over the batches of steps, in their order.
protocol BatchSource: AnyObject {
  /// The next step's batch. Throws where it could not be made.
  func next() throws(FoveaError) -> Batch
  /// Takes a batch back, to be filled again.
  func recycle(_ batch: Batch)
  /// Ends what runs ahead.
  func stop()
}

extension BatchLoader: BatchSource {}
