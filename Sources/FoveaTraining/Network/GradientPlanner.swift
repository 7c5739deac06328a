import FoveaGraph

/// Where the gradient of every unit's map is collected from its readers, last reader first.
///
/// The first reader writes, later ones add to what it wrote. The gradient of a sum is that of both its terms: they
/// share its memory, and the next reader of a term adds into it in place where nobody needs it any more, else into
/// memory of the term's own.
struct GradientPlanner {
  private struct Collected {
    /// Another unit's gradient, as it stands.
    var shared: Map?
    var own: Map?
    /// Channels that have been written.
    var written: [Range<Int>] = []
  }

  private let units: [Unit]
  private let elementSize: Int
  private var collected: [Collected]
  /// What happens before a unit's backward step.
  private(set) var preparations: [Int: [GradientPreparation]] = [:]

  init(units: [Unit], elementSize: Int) {
    self.units = units
    self.elementSize = elementSize
    collected = units.map { _ in Collected() }
  }

  /// The unit whose gradient the caller gives.
  mutating func start(at unit: Int) {
    collected[unit].own = Map(units[unit].shape, elementSize: elementSize)
    collected[unit].written = [0..<units[unit].shape.channels]
  }

  /// The gradient of a unit, once all its readers were asked.
  func gradient(of unit: Int) -> Map? { collected[unit].own ?? collected[unit].shared }

  /// Lets a term of a sum read the sum's gradient; false where something was collected for the term already.
  mutating func share(from sum: Int, with input: MapReference) -> Bool {
    let state = collected[input.unit]
    let shape = units[input.unit].shape
    guard state.own == nil, state.shared == nil, input.shape.channels == shape.channels,
      let gradient = gradient(of: sum)
    else { return false }
    collected[input.unit].shared = gradient.view(shape, channels: 0)
    return true
  }

  /// Where a reader's gradient of an input goes.
  mutating func target(for input: MapReference, reader: Int) -> GradientTarget {
    let unit = input.unit
    let shape = units[unit].shape
    let channels = input.channelOffset..<input.channelOffset + input.shape.channels
    let isWhole = channels.count == shape.channels
    let view = { (map: Map) in map.view(input.shape, channels: input.channelOffset) }
    if let shared = collected[unit].shared {
      collected[unit].shared = nil
      let own = canWrite(into: shared, of: unit, at: reader) ? shared : Map(shape, elementSize: elementSize)
      collected[unit].own = own
      collected[unit].written = [0..<shape.channels]
      if isWhole || own.storage === shared.storage {
        return GradientTarget(map: view(own), collected: view(shared))
      }
      preparations[reader, default: []].append(GradientPreparation(map: own, source: shared))
      return GradientTarget(map: view(own), collected: view(own))
    }
    let isFirst = collected[unit].own == nil
    let own = collected[unit].own ?? Map(shape, elementSize: elementSize)
    collected[unit].own = own
    if isFirst, !isRegular(unit) {
      preparations[reader, default: []].append(GradientPreparation(map: own, source: nil))
      collected[unit].written = [0..<shape.channels]
    }
    let isWritten = collected[unit].written.contains { $0.clamped(to: channels) == channels }
    if !isWritten { collected[unit].written.append(channels) }
    return GradientTarget(map: view(own), collected: isWritten ? view(own) : nil)
  }

  /// Whether all readers take the same channels or disjoint ones, and together all.
  private func isRegular(_ unit: Int) -> Bool {
    let ranges = Set(
      units[unit].readers.filter { units[$0.unit].needsGradient }.map { reader in
        let input = units[reader.unit].inputs[reader.input]
        return input.channelOffset..<input.channelOffset + input.shape.channels
      }
    ).sorted { $0.lowerBound < $1.lowerBound }
    var end = 0
    for range in ranges {
      guard range.lowerBound == end else { return false }
      end = range.upperBound
    }
    return end == units[unit].shape.channels
  }

  /// Whether a shared gradient may be written to while a reader runs: all others who read it have run.
  private func canWrite(into shared: Map, of unit: Int, at reader: Int) -> Bool {
    units.allSatisfy { other in
      other.index == unit || other.index > reader
        || gradient(of: other.index)?.storage !== shared.storage
    }
  }
}
