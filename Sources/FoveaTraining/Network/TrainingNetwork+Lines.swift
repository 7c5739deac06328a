extension TrainingNetwork {
  /// The memory of the network's plan as JSON Lines: how many units there are, then each stretch of the arena with
  /// its first and last step (a forward one for each unit, the loss, a backward one for each unit).
  package var planLines: [String] {
    let places = plan.places.enumerated().map { index, place in
      """
      {"region":\(index),"bytes":\(place.storage.byteCount),"offset":\(place.offset),\
      "first":\(place.storage.firstStep),"last":\(place.storage.lastStep)}
      """
    }
    return ["{\"units\":\(plan.steps.count)}"] + places
  }
}
