import FoveaModels

/// The queries that statistics of rows go over: all up to 4096, past that 1024 of them.
public struct QuerySample: Sendable, Hashable {
  /// Tokens, ascending.
  public let queries: [Int]
  /// Tokens that there are.
  public let population: Int
  /// True where not all are taken.
  public var isSampled: Bool { queries.count < population }

  /// Up to this many queries all are taken.
  public static let wholeLimit = 4096
  /// So many are drawn past the limit, without repetition.
  public static let sampleSize = 1024
  /// The seed of the draw.
  public static let seed: UInt64 = 0x0a77_e4d5

  /// The sample of a number of queries. O(population).
  public init(of population: Int) {
    self.population = population
    var all = Array(0..<population)
    guard population > Self.wholeLimit else {
      queries = all
      return
    }
    var numbers = RandomNumbers(seed: Self.seed)
    for place in 0..<Self.sampleSize {
      all.swapAt(place, place + Int(numbers.next() % UInt64(population - place)))
    }
    queries = all[..<Self.sampleSize].sorted()
  }
}
