/// The sizes that a weight file may have before it is refused, checked before anything is allocated.
public struct CheckpointLimits: Sendable {
  /// Bytes of a safetensors header.
  public var headerBytes = 100_000_000
  /// Nested objects and arrays in a safetensors header.
  public var headerDepth = 32
  /// Tensors in a file.
  public var tensors = 100_000
  /// Axes of a tensor.
  public var rank = 8
  /// Bytes of one pickle.
  public var pickleBytes = 64 << 20
  /// Instructions of one pickle.
  public var opcodes = 1_000_000
  /// Values on the pickle's stack.
  public var stack = 10_000
  /// Values that a pickle remembers.
  public var memo = 100_000
  /// Nested containers in a pickle.
  public var depth = 64
  /// Bytes of a zip archive's directory.
  public var directoryBytes = 64 << 20
  /// Members of a zip archive.
  public var members = 100_000

  /// The limits that hold unless told otherwise.
  public static let standard = CheckpointLimits()

  /// The standard limits, to be changed one by one.
  public init() {}
}
