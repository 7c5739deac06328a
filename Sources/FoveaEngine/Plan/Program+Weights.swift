import FoveaGraph
import Synchronization

extension Program {
  /// Packs the weights of all convolutions on every thread, the largest first, before a layout asks for them
  /// one by one. What fails here fails again there, where it is thrown.
  func packWeights(into cache: WeightCache, _ pool: ThreadPool) {
    guard pool.count > 1 else { return }
    var work: [(convolution: Convolution, norm: BatchNorm?)] = []
    for operation in operations {
      guard case .convolution(let convolution) = operation.operation, !convolution.isDepthwise else {
        continue
      }
      work.append((convolution, operation.norm))
    }
    work.sort { $0.convolution.weight.count > $1.convolution.weight.count }
    let next = Atomic(0)
    pool.run { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < work.count else { return }
        _ = try? cache.product(work[index].convolution, norm: work[index].norm)
      }
    }
  }
}
