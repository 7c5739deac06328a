import FoveaGraph

/// How an operation finds its parameters in the store.
struct OperationParameters {
  let store: ParameterStore
  let isFrozen: (Parameter) -> Bool

  /// Its values.
  func values(_ parameter: Parameter) -> UnsafeMutablePointer<Float> { store.pointer(parameter) }

  /// Where its gradients are summed, or nil where it is frozen.
  func gradient(_ parameter: Parameter) -> UnsafeMutablePointer<Float>? {
    parameter.isStatistic || isFrozen(parameter) ? nil : store.gradient(parameter)
  }
}
