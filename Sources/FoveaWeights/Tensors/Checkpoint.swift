/// A file of named tensors, from whichever format, of which nothing is read until it is asked for.
///
/// Everything that the file says is checked when it is opened: afterwards every entry can be read.
public struct Checkpoint: Sendable {
  /// The format that a checkpoint was read from.
  public enum Format: Sendable {
    /// The safetensors format.
    case safetensors
    /// A zip archive with a pickle, as `torch.save` writes since 1.6.
    case torchArchive
    /// Plain pickles followed by the storages, as `torch.save` wrote before.
    case torchPickle
  }

  /// The format of the file.
  public let format: Format
  /// The tensors: in the order of their bytes (safetensors) or of the state dict (PyTorch).
  public let entries: [TensorEntry]
  /// The texts that a safetensors file carries beside its tensors.
  public let metadata: [String: String]
  /// What was taken from the file and what was left, a line each, to be told to the user.
  public let notes: [String]

  let bytes: WeightBytes
  private let positions: [String: Int]

  init(
    format: Format, bytes: WeightBytes, entries: [TensorEntry], metadata: [String: String] = [:],
    notes: [String] = []
  ) throws(WeightsError) {
    self.format = format
    self.bytes = bytes
    self.entries = entries
    self.metadata = metadata
    self.notes = notes
    var positions = [String: Int](minimumCapacity: entries.count)
    for (position, entry) in entries.enumerated() {
      guard positions.updateValue(position, forKey: entry.name) == nil else {
        throw .duplicateTensor(entry.name)
      }
    }
    self.positions = positions
  }

  /// The tensor called `name`, if there is one.
  ///
  /// - Complexity: O(1).
  public subscript(name: String) -> TensorEntry? {
    positions[name].map { entries[$0] }
  }

  /// Reads a safetensors file that is in memory, such as one embedded in the program.
  ///
  /// - Throws: any of the `WeightsError` cases of the format.
  /// - Complexity: O(header + n log n); the values are neither copied nor touched.
  public static func safetensors(
    _ bytes: WeightBytes, limits: CheckpointLimits = .standard
  ) throws(WeightsError) -> Checkpoint {
    if let foreign = try ForeignFile.recognised(bytes, expecting: .safetensors) { throw .foreign(foreign) }
    let header = try SafetensorsHeader(of: bytes, limits: limits)
    return try Checkpoint(
      format: .safetensors, bytes: bytes, entries: header.entries, metadata: header.metadata)
  }
}
