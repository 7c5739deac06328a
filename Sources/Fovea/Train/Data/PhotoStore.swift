import Synchronization

/// The decoded pictures of a set, kept in memory up to a limit, so that a later epoch need not decode again.
///
/// Several threads may ask at once; what they get does not depend on what is kept.
final class PhotoStore: Sendable {
  /// The set.
  let set: TrainingSet
  private let shorterSide: Int
  private let limit: Int
  private let state: Mutex<State>

  private struct State {
    var kept: [TrainingPhoto?]
    var bytes = 0
    /// Samples that could not be read, and those of them that have not been told yet.
    var unreadable: Set<Int> = []
    var untold: [FoveaError] = []
    /// Samples of each class that are not known to be unreadable.
    var left: [Int: Int]
  }

  /// A store that keeps up to `limit` bytes.
  init(_ set: TrainingSet, shorterSide: Int, limit: Int) {
    (self.set, self.shorterSide, self.limit) = (set, shorterSide, limit)
    let left = set.samples.reduce(into: [Int: Int]()) { $0[$1.index, default: 0] += 1 }
    state = Mutex(State(kept: [TrainingPhoto?](repeating: nil, count: set.samples.count), left: left))
  }

  /// The picture of a sample; in the place of one that cannot be read, the next one in the set that can.
  ///
  /// Throws the sample's own error where none can be read, and where a class has no picture that can be read.
  func photo(_ index: Int) throws(FoveaError) -> (photo: TrainingPhoto, sample: TrainingSet.Sample) {
    var first: FoveaError?
    for offset in set.samples.indices {
      let place = (index + offset) % set.samples.count
      do throws(FoveaError) {
        if !isUnreadable(place) { return (try read(place), set.samples[place]) }
      } catch {
        first = first ?? error
        note(error, at: place)
      }
      try checkClass(of: set.samples[place])
    }
    throw first
      ?? FoveaError(
        path: set.samples[index].image, reason: "no picture of the set can be read", status: .badData)
  }

  /// The errors since this was last asked: each unreadable picture is told once.
  func newErrors() -> [FoveaError] {
    state.withLock { state in
      defer { state.untold = [] }
      return state.untold
    }
  }

  private func isUnreadable(_ place: Int) -> Bool { state.withLock { $0.unreadable.contains(place) } }

  private func note(_ error: FoveaError, at place: Int) {
    state.withLock { state in
      guard state.unreadable.insert(place).inserted else { return }
      state.untold.append(error)
      state.left[set.samples[place].index, default: 0] -= 1
    }
  }

  /// Throws where nothing can be learnt of a sample's class, since none of its pictures can be read.
  private func checkClass(of sample: TrainingSet.Sample) throws(FoveaError) {
    guard set.masks == nil, state.withLock({ $0.left[sample.index] == 0 }) else { return }
    throw FoveaError(unreadable: sample, of: set)
  }

  private func read(_ place: Int) throws(FoveaError) -> TrainingPhoto {
    if let kept = state.withLock({ $0.kept[place] }) { return kept }
    let photo = try TrainingPhoto(set.samples[place], masks: set.masks, shorterSide: shorterSide)
    state.withLock { state in
      guard state.kept[place] == nil, state.bytes + photo.byteCount <= limit else { return }
      state.kept[place] = photo
      state.bytes += photo.byteCount
    }
    return photo
  }
}
