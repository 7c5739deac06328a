// The stack, the memo and the heap.
extension PickleReader {
  var overStack: WeightsError {
    .overLimit(.stack, value: limits.stack + 1, limit: limits.stack)
  }

  mutating func push(_ value: PickleValue) throws(WeightsError) {
    guard stack.count < limits.stack else { throw overStack }
    stack.append(value)
  }

  mutating func pop() throws(WeightsError) -> PickleValue {
    guard stack.count > marks.last ?? 0 else { throw damaged("the stack is empty") }
    return stack.removeLast()
  }

  mutating func pop(count: Int) throws(WeightsError) -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw damaged("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  mutating func popToMark() throws(WeightsError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw damaged("a mark is missing") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  mutating func remember(at index: Int) throws(WeightsError) {
    guard index < limits.memo else { throw .overLimit(.memo, value: index + 1, limit: limits.memo) }
    guard stack.count > marks.last ?? 0, let value = stack.last else { throw damaged("the stack is empty") }
    while memo.count <= index { memo.append(nil) }
    memo[index] = value
  }

  func remembered(at index: Int) throws(WeightsError) -> PickleValue {
    guard index < memo.count, let value = memo[index] else {
      throw damaged("value \(index) was never remembered")
    }
    return value
  }

  mutating func pushContainer(_ kind: PickleContainer.Kind, _ items: [PickleValue]) throws(WeightsError) {
    heap.containers.append(PickleContainer(kind: kind))
    try push(.container(heap.containers.count - 1))
    try extend(kind, by: items)
  }

  /// Adds `items` to the container on top of the stack, which must be of `kind` and in no other yet.
  mutating func extend(
    _ kind: PickleContainer.Kind, by items: [PickleValue]
  ) throws(WeightsError) {
    guard stack.count > marks.last ?? 0, let top = stack.last else { throw damaged("the stack is empty") }
    if case .inert = top { return }
    guard case .container(let index) = top, heap.containers[index].kind == kind else {
      throw damaged("elements for what is no \(kind)")
    }
    guard kind != .dictionary || items.count.isMultiple(of: 2) else { throw damaged("a key without a value") }
    guard !heap.containers[index].isSealed || items.isEmpty else {
      throw damaged("a container changes inside another")
    }
    for case .container(let child) in items {
      guard child != index else { throw damaged("a container holds itself") }
      heap.containers[child].isSealed = true
      heap.containers[index].height = max(heap.containers[index].height, heap.containers[child].height + 1)
    }
    let height = heap.containers[index].height
    guard height <= limits.depth else { throw .overLimit(.depth, value: height, limit: limits.depth) }
    heap.containers[index].items.append(contentsOf: items)
  }
}
