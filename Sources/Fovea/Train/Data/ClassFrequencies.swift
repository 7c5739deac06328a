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
  let counts: [Int]
  /// The classes without a pixel, which masks may leave out and no model can learn, in words; nil without any.
  let missing: String?

  /// The counts of a set: of the pixels of masks that can be read, or of its pictures.
  ///
  /// Throws where no mask can be read, and where none has a pixel of a class.
  init(_ store: PhotoStore, threads: Int?) throws(FoveaError) {
    let set = store.set
    guard set.masks != nil else {
      counts = set.samples.reduce(into: [Int](repeating: 0, count: set.labels.count)) { $0[$1.index] += 1 }
      missing = nil
      return
    }
    let zeros = [Int](repeating: 0, count: set.labels.count)
    let parts = concurrentMap(set.samples.count, threads: threads) { place in
      Result { () throws(FoveaError) -> [Int] in
        var counts = zeros
        let (photo, sample) = try store.photo(place)
        guard sample == set.samples[place] else { return counts }
        for id in photo.mask where Int(id) < counts.count { counts[Int(id)] += 1 }
        return counts
      }
    }
    var counts = zeros
    for part in parts { counts = zip(counts, try part.get()).map(+) }
    self.counts = counts
    guard counts.contains(where: { $0 > 0 }) else { throw FoveaError(unlabelled: set.place) }
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

extension FoveaError {
  /// Masks of which no pixel has a class.
  package init(unlabelled place: String) {
    self.init(
      path: place, reason: "no pixel of its masks has a class: all are ignored",
      hint: "'mask_ids' of the label set says which ids are ignored", status: .badData)
  }
}
