/// Reads a pickle with the few instructions that checkpoints use, and executes nothing.
///
/// A pickle is a program for a stack machine. Here a global is looked up in a fixed list of harmless names
/// and a call only builds a tensor or a plain container, so the worst that a file can do is to be refused.
/// The reader does not recurse, every count has a limit, and a container that lies in another is sealed:
/// what it builds is a finite tree of bounded height.
struct PickleReader {
  var cursor: ByteCursor
  let limits: CheckpointLimits
  var heap = PickleHeap()

  var stack: [PickleValue] = []
  var marks: [Int] = []
  var memo: [PickleValue?] = []
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
    case UInt8(ascii: "P"): throw .refusedGlobal("persistent object \(try line())")
    case 0x82: throw .refusedGlobal("extension \(try integer(UInt8.self))")
    case 0x83: throw .refusedGlobal("extension \(try integer(UInt16.self))")
    case 0x84: throw .refusedGlobal("extension \(try integer(Int32.self))")
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
    guard module.utf8.count + name.utf8.count <= 1000 else { throw damaged("a global with an endless name") }
    let full = "\(module).\(name)"
    guard let global = PickleGlobal(named: full) else { throw .refusedGlobal(full) }
    return global
  }
}
