import FoveaModels
import Synchronization

/// The order of samples: every epoch takes each at most once, shuffled by the seed and the epoch.
///
/// The last ones of an epoch's order that do not fill a batch are left out of it; a set smaller than a batch is
/// taken several times.
package final class SampleOrder: Sendable {
  private let samples: Int
  private let batch: Int
  private let seed: UInt64
  /// The order of the epoch that was asked for last, and the one before.
  private let known = Mutex<[(epoch: Int, order: [Int])]>([])

  /// The order of a number of samples.
  package init(samples: Int, batch: Int, seed: UInt64) {
    precondition(samples > 0 && batch > 0, "an order of \(samples) samples in batches of \(batch)")
    (self.samples, self.batch, self.seed) = (samples, batch, seed)
  }

  /// Steps of an epoch.
  package var stepsPerEpoch: Int { max(1, samples / batch) }

  /// The samples of a step, counted from 0 over all epochs.
  package func samples(of step: Int) -> [Int] {
    let order = order(of: step / stepsPerEpoch)
    let start = step % stepsPerEpoch * batch
    return (start..<start + batch).map { order[$0 % samples] }
  }

  private func order(of epoch: Int) -> [Int] {
    known.withLock { known in
      if let found = known.first(where: { $0.epoch == epoch }) { return found.order }
      var numbers = RandomNumbers(seed: seed, name: "epoch \(epoch)")
      let order = numbers.shuffled(Array(0..<samples))
      known = Array(known.suffix(1)) + [(epoch, order)]
      return order
    }
  }
}
