import FoveaGraph

/// The parameters of a graph while they are trained: flat float32 arrays, so that an optimiser, an average and a
/// file see one array each.
///
/// Trained parameters stand in `values` in the order of `graph.parameters`, their gradients at the same places
/// of `gradients`; the running means and variances of batch norms stand in `statistics`. Unchecked: one task
/// trains at a time, and nobody reads while a step runs.
public final class ParameterStore: ParameterSource, @unchecked Sendable {
  /// Where a parameter stands.
  public struct Entry: Sendable, Hashable {
    /// The parameter.
    public let parameter: Parameter
    /// Its elements in `values` and `gradients`, or in `statistics`.
    public let range: Range<Int>
    /// True for a running mean or variance.
    public let isStatistic: Bool
  }

  /// Every parameter, in the order of `graph.parameters`.
  public let entries: [Entry]
  /// The trained parameters.
  public let values: UnsafeMutableBufferPointer<Float>
  /// The loss's gradient by them, since the last `TrainingNetwork.backward`.
  public let gradients: UnsafeMutableBufferPointer<Float>
  /// Running means and variances.
  public let statistics: UnsafeMutableBufferPointer<Float>

  private let positions: [String: Int]

  /// The parameters of a graph with their first values. Throws what the source throws.
  public init(graph: Graph, values source: any ParameterSource) throws {
    var ends = (trained: 0, statistics: 0)
    var entries: [Entry] = []
    for parameter in graph.parameters {
      let start = parameter.isStatistic ? ends.statistics : ends.trained
      let range = start..<start + parameter.count
      entries.append(Entry(parameter: parameter, range: range, isStatistic: parameter.isStatistic))
      if parameter.isStatistic { ends.statistics = range.upperBound } else { ends.trained = range.upperBound }
    }
    self.entries = entries
    positions = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.parameter.path, $0) })
    values = .allocate(capacity: ends.trained)
    gradients = .allocate(capacity: ends.trained)
    statistics = .allocate(capacity: ends.statistics)
    for buffer in [values, gradients, statistics] { buffer.initialize(repeating: 0) }
    for entry in entries { try load(entry, from: source) }
  }

  deinit {
    for buffer in [values, gradients, statistics] { buffer.deallocate() }
  }

  /// Where a path's elements stand in `values` and `gradients` (a statistic's in `statistics`), or nil.
  public func range(of path: String) -> Range<Int>? { entry(of: path)?.range }

  /// The entry of a path, or nil.
  public func entry(of path: String) -> Entry? { positions[path].map { entries[$0] } }

  /// The present values of a parameter. Throws a `ShapeError` for one that the graph does not have.
  public func values(of parameter: Parameter) throws -> [Float] {
    guard let entry = entry(of: parameter.path), entry.range.count == parameter.count else {
      throw ShapeError(path: parameter.path, "no parameter of \(parameter.shape) in the store")
    }
    return Array((entry.isStatistic ? statistics : values)[entry.range])
  }

  /// The gradients of a parameter since the last backward pass, or nil for a statistic or another path.
  public func gradients(of path: String) -> [Float]? {
    entry(of: path).flatMap { $0.isStatistic ? nil : Array(gradients[$0.range]) }
  }

  private func load(_ entry: Entry, from source: any ParameterSource) throws {
    let loaded = try source.values(of: entry.parameter)
    guard loaded.count == entry.range.count else {
      throw ShapeError(
        path: entry.parameter.path, "\(loaded.count) values for a parameter of \(entry.parameter.shape)")
    }
    let target = entry.isStatistic ? statistics : values
    for (index, value) in zip(entry.range, loaded) { target[index] = value }
  }
}

extension ParameterStore {
  /// Where the values of a trained parameter start.
  func pointer(_ parameter: Parameter) -> UnsafeMutablePointer<Float> {
    address(parameter, in: values, isStatistic: false)
  }

  /// Where the gradients of a trained parameter start.
  func gradient(_ parameter: Parameter) -> UnsafeMutablePointer<Float> {
    address(parameter, in: gradients, isStatistic: false)
  }

  /// Where a running mean or variance starts.
  func statistic(_ parameter: Parameter) -> UnsafeMutablePointer<Float> {
    address(parameter, in: statistics, isStatistic: true)
  }

  private func address(
    _ parameter: Parameter, in buffer: UnsafeMutableBufferPointer<Float>, isStatistic: Bool
  ) -> UnsafeMutablePointer<Float> {
    guard let entry = entry(of: parameter.path), entry.isStatistic == isStatistic,
      entry.range.count == parameter.count, let base = buffer.baseAddress
    else { preconditionFailure("\(parameter.path) of \(parameter.shape) is not in the store") }
    return base + entry.range.lowerBound
  }
}
