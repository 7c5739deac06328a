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
    /// Why samples could not be read, by their places, and what of that has not been told yet.
    var failed: [Int: FoveaError] = [:]
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
  /// Throws the first error, with the count of each reason, where none can be read, and names a class of which none
  /// can be. Throws the sample's own error where the set is strict.
  func photo(_ index: Int) throws(FoveaError) -> (photo: TrainingPhoto, sample: TrainingSet.Sample) {
    var lost: TrainingSet.Sample?
    for offset in set.samples.indices {
      let place = (index + offset) % set.samples.count
      let sample = set.samples[place]
      if let photo = try readable(place) {
        guard let lost else { return (photo, sample) }
        throw failures { $0.index == lost.index }.error(FoveaError(unreadable: lost, of: set))
      }
      if lost == nil, isLost(sample) { lost = sample }
    }
    let failures = failures { _ in true }
    throw failures.first.map(failures.error)
      ?? FoveaError(path: set.place, reason: "no picture of the set can be read", status: .badData)
  }

  /// Why samples could not be read, in their order.
  private func failures(_ isMeant: (TrainingSet.Sample) -> Bool) -> ReadingFailures {
    let failed = state.withLock { $0.failed }
    var failures = ReadingFailures()
    for (place, error) in failed.sorted(by: { $0.key < $1.key }) where isMeant(set.samples[place]) {
      failures.add(error)
    }
    return failures
  }

  /// The picture of a sample; nil where it cannot be read, which is noted.
  private func readable(_ place: Int) throws(FoveaError) -> TrainingPhoto? {
    guard state.withLock({ $0.failed[place] == nil }) else { return nil }
    do throws(FoveaError) {
      return try read(place)
    } catch {
      guard !set.isStrict else { throw error }
      note(error, at: place)
      return nil
    }
  }

  /// The errors since this was last asked: each unreadable picture is told once.
  func newErrors() -> [FoveaError] {
    state.withLock { state in
      defer { state.untold = [] }
      return state.untold
    }
  }

  private func note(_ error: FoveaError, at place: Int) {
    state.withLock { state in
      guard state.failed.updateValue(error, forKey: place) == nil else { return }
      state.untold.append(error)
      state.left[set.samples[place].index, default: 0] -= 1
    }
  }

  /// True where nothing can be learnt of a sample's class, since none of its pictures can be read.
  private func isLost(_ sample: TrainingSet.Sample) -> Bool {
    set.masks == nil && state.withLock { $0.left[sample.index] == 0 }
  }

  private func read(_ place: Int) throws(FoveaError) -> TrainingPhoto {
    if let kept = state.withLock({ $0.kept[place] }) { return kept }
    let photo = try TrainingPhoto(set.samples[place], of: set, shorterSide: shorterSide)
    state.withLock { state in
      guard state.kept[place] == nil, state.bytes + photo.byteCount <= limit else { return }
      state.kept[place] = photo
      state.bytes += photo.byteCount
    }
    return photo
  }
}
