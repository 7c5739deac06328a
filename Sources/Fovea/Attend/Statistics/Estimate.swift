/// A mean over queries, or a number that random probes estimate.
public struct Estimate: Sendable, Hashable {
  /// The mean.
  public let value: Double
  /// Its standard error, where not everything was counted.
  public let standardError: Double?

  /// A number known exactly.
  init(exactly value: Double) {
    (self.value, standardError) = (value, nil)
  }

  /// The mean of samples, nil without any. The error takes the population as finite: (1 − n/N) of the variance.
  init?(of samples: [Double], among population: Int) {
    guard !samples.isEmpty else { return nil }
    let count = Double(samples.count)
    let mean = samples.reduce(0, +) / count
    value = mean
    guard samples.count < population, samples.count > 1 else {
      standardError = nil
      return
    }
    let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    standardError = (variance / count * (1 - count / Double(population))).squareRoot()
  }
}
