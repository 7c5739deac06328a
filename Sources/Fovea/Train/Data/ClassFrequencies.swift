#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How often the classes occur, and the weights in a loss that follow from it.
struct ClassFrequencies {
  /// Pixels (or pictures) of each class.
  private(set) var counts: [Int]
  /// The classes without a pixel, which masks may leave out and no model can learn, in words; nil without any.
  let missing: String?

  /// The counts of a set: of the pixels of masks that can be read, or of its pictures.
  init(_ store: PhotoStore, threads: Int?) {
    let set = store.set
    guard set.masks != nil else {
      counts = [Int](repeating: 0, count: set.labels.count)
      for sample in set.samples { counts[sample.index] += 1 }
      missing = nil
      return
    }
    let parts = concurrentMap(set.samples.count, threads: threads) { place -> [Int] in
      var counts = [Int](repeating: 0, count: set.labels.count)
      guard let (photo, sample) = try? store.photo(place), sample == set.samples[place] else { return counts }
      for id in photo.mask where Int(id) < counts.count { counts[Int(id)] += 1 }
      return counts
    }
    counts = parts.reduce([Int](repeating: 0, count: set.labels.count)) { zip($0, $1).map(+) }
    let names = zip(set.labels, counts).filter { $0.1 == 0 }.map(\.0)
    missing =
      names.isEmpty ? nil : "no pixel of \(names.joined(separator: ", ")) in the masks to learn from"
  }

  /// 1 / ln(1.02 + share) of each class (Paszke et al., "ENet", 2016), or the root of it, scaled to a mean of 1
  /// over the pixels; nil where all count the same.
  func weights(_ weighting: Recipe.ClassWeighting) -> [Float]? {
    guard weighting != .none else { return nil }
    let total = Double(max(1, counts.reduce(0, +)))
    let weights = counts.map { count in
      let balanced = 1 / log(1.02 + Double(count) / total)
      return weighting == .root ? balanced.squareRoot() : balanced
    }
    let mean = zip(weights, counts).reduce(0) { $0 + $1.0 * Double($1.1) } / total
    return weights.map { Float($0 / max(mean, 1e-9)) }
  }
}
