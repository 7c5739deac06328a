/// Reads a pickle with the few instructions that checkpoints use, and executes nothing.
///
/// A pickle is a program for a stack machine. Here a global is looked up in a fixed list of harmless names
/// and a call only builds a tensor or a plain container, so the worst that a file can do is to be refused.
/// The reader does not recurse, every count has a limit, and a container that lies in another is sealed:
/// what it builds is a finite tree of bounded height.
struct PickleReader {
  private(set) var cursor: ByteCursor
  let limits: CheckpointLimits
  var heap = PickleHeap()

  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [PickleValue?] = []
  /// Where the instruction being executed begins.
  private var instruction = 0

  /// Prepares to read the pickle that begins at `start` of `bytes`.
  init(_ bytes: UnsafeRawBufferPointer, at start: Int = 0, limits: CheckpointLimits) {
    cursor = ByteCursor(bytes, at: start)
    self.limits = limits
  }

  /// Runs the pickle to its STOP and gives the value that it leaves; `cursor` is then behind it.
  ///
  /// - Complexity: O(bytes).
  mutating func run() throws(WeightsError) -> PickleValue {
    let start = cursor.offset
    for count in 1... {
      guard count <= limits.opcodes else { throw .overLimit(.opcodes, value: count, limit: limits.opcodes) }
      guard cursor.offset - start <= limits.pickleBytes else {
        throw .overLimit(.pickleBytes, value: cursor.offset - start, limit: limits.pickleBytes)
      }
      instruction = cursor.offset
      guard let opcode = cursor.byte() else { throw damaged("it ends early") }
      if opcode == UInt8(ascii: ".") { break }
      try execute(opcode)
    }
    let result = try pop()
    guard stack.isEmpty, marks.isEmpty else { throw damaged("it leaves more than one value") }
    return result
  }

  /// The error that the pickle is wrong at the instruction being executed.
  func damaged(_ reason: String) -> WeightsError {
    .damagedPickle(byte: instruction, reason: reason)
  }

  private mutating func execute(_ opcode: UInt8) throws(WeightsError) {
    if try executeConstant(opcode) { return }
    if try executeContainer(opcode) { return }
    if try executeStack(opcode) { return }
    switch opcode {
    case UInt8(ascii: "c"): try push(.global(global(line(), line())))
    case UInt8(ascii: "i"):
      _ = try popToMark()
      _ = try global(line(), line())
      throw damaged("an instance of a class")
    case 0x93: try executeStackGlobal()
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      try push(call(pop(), arguments))
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "Q"): try push(storage(pop()))
    default: throw damaged("instruction 0x\(String(opcode, radix: 16)) is not one of a checkpoint's")
    }
  }

  /// The instructions that push a value standing in the file.
  private mutating func executeConstant(_ opcode: UInt8) throws(WeightsError) -> Bool {
    switch opcode {
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.boolean(true))
    case 0x89: try push(.boolean(false))
    case UInt8(ascii: "K"): try push(.integer(Int(integer(UInt8.self))))
    case UInt8(ascii: "M"): try push(.integer(Int(integer(UInt16.self))))
    case UInt8(ascii: "J"): try push(.integer(Int(integer(Int32.self))))
    case 0x8A: try push(wideInteger(byteCount: Int(integer(UInt8.self))))
    case UInt8(ascii: "G"):
      _ = try integer(UInt64.self)
      try push(.inert)
    case UInt8(ascii: "X"): try push(.text(text(byteCount: Int(integer(UInt32.self)))))
    case 0x8C: try push(.text(text(byteCount: Int(integer(UInt8.self)))))
    case UInt8(ascii: "V"), UInt8(ascii: "S"): try push(.text(line()))
    case UInt8(ascii: "C"): try pushBytes(count: Int(integer(UInt8.self)))
    case UInt8(ascii: "B"): try pushBytes(count: Int(integer(UInt32.self)))
    default: return false
    }
    return true
  }

  /// The instructions that make or fill a container.
  private mutating func executeContainer(_ opcode: UInt8) throws(WeightsError) -> Bool {
    switch opcode {
    case UInt8(ascii: ")"): try pushContainer(.tuple, [])
    case UInt8(ascii: "]"): try pushContainer(.list, [])
    case UInt8(ascii: "}"): try pushContainer(.dictionary, [])
    case 0x85, 0x86, 0x87: try pushContainer(.tuple, pop(count: Int(opcode) - 0x84))
    case UInt8(ascii: "t"): try pushContainer(.tuple, popToMark())
    case UInt8(ascii: "l"): try pushContainer(.list, popToMark())
    case UInt8(ascii: "d"): try pushContainer(.dictionary, popToMark())
    case UInt8(ascii: "a"): try extend(.list, by: [pop()])
    case UInt8(ascii: "e"): try extend(.list, by: popToMark())
    case UInt8(ascii: "s"): try extend(.dictionary, by: pop(count: 2))
    case UInt8(ascii: "u"): try extend(.dictionary, by: popToMark())
    default: return false
    }
    return true
  }

  /// The instructions that move values, and those that say nothing.
  private mutating func executeStack(_ opcode: UInt8) throws(WeightsError) -> Bool {
    switch opcode {
    case 0x80:
      let version = try integer(UInt8.self)
      guard version <= 5 else { throw damaged("protocol \(version)") }
    case 0x95: _ = try integer(UInt64.self)
    case UInt8(ascii: "("):
      guard marks.count < limits.stack else { throw overStack }
      marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "q"): try remember(at: Int(integer(UInt8.self)))
    case UInt8(ascii: "r"): try remember(at: Int(integer(UInt32.self)))
    case UInt8(ascii: "p"): try remember(at: decimalLine())
    case 0x94: try remember(at: memo.count)
    case UInt8(ascii: "h"): try push(remembered(at: Int(integer(UInt8.self))))
    case UInt8(ascii: "j"): try push(remembered(at: Int(integer(UInt32.self))))
    case UInt8(ascii: "g"): try push(remembered(at: decimalLine()))
    default: return false
    }
    return true
  }

  private mutating func executeStackGlobal() throws(WeightsError) {
    let names = try pop(count: 2)
    guard case .text(let module) = names[0], case .text(let name) = names[1] else {
      throw damaged("a global without a name")
    }
    try push(.global(global(module, name)))
  }

  private func global(_ module: String, _ name: String) throws(WeightsError) -> PickleGlobal {
    let full = "\(module).\(name)"
    guard let global = PickleGlobal(named: full) else { throw .refusedGlobal(full) }
    return global
  }
}

// The stack, the memo and the heap.
extension PickleReader {
  private var overStack: WeightsError {
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

  private mutating func pop(count: Int) throws(WeightsError) -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw damaged("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(WeightsError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw damaged("a mark is missing") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func remember(at index: Int) throws(WeightsError) {
    guard index < limits.memo else { throw .overLimit(.memo, value: index + 1, limit: limits.memo) }
    guard stack.count > marks.last ?? 0, let value = stack.last else { throw damaged("the stack is empty") }
    while memo.count <= index { memo.append(nil) }
    memo[index] = value
  }

  private func remembered(at index: Int) throws(WeightsError) -> PickleValue {
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
  private mutating func extend(
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

// What stands in the file.
extension PickleReader {
  private mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(WeightsError) -> Value {
    guard let value = cursor.integer(type) else { throw damaged("it ends early") }
    return value
  }

  private mutating func text(byteCount: Int) throws(WeightsError) -> String {
    guard byteCount <= cursor.remaining else { throw damaged("it ends early") }
    guard let text = cursor.text(byteCount) else { throw damaged("text is not UTF-8") }
    return text
  }

  private mutating func line() throws(WeightsError) -> String {
    guard let line = cursor.line() else { throw damaged("a line is missing or not UTF-8") }
    return line
  }

  private mutating func decimalLine() throws(WeightsError) -> Int {
    guard let value = Int(try line()), value >= 0 else { throw damaged("expected a number") }
    return value
  }

  private mutating func pushBytes(count: Int) throws(WeightsError) {
    guard cursor.take(count) != nil else { throw damaged("it ends early") }
    try push(.inert)
  }

  /// A little-endian two's-complement integer; only the magic number of old files is past 64 bits.
  private mutating func wideInteger(byteCount: Int) throws(WeightsError) -> PickleValue {
    guard byteCount <= 16 else { throw damaged("an integer of \(byteCount) bytes") }
    guard let bytes = cursor.take(byteCount) else { throw damaged("it ends early") }
    guard byteCount <= 8 else { return .wideInteger(Array(bytes)) }
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    let value = bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
    return .integer(value)
  }
}
