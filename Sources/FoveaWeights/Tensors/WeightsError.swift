/// What is wrong with a weight file. Its description is one line without the file's path.
public enum WeightsError: Error, Sendable, Equatable {
  // The file
  /// The file cannot be opened.
  case cannotOpen(reason: String)
  /// The path is a directory, a device or a pipe.
  case notARegularFile(isDirectory: Bool)
  /// The system failed while reading.
  case readFailed(reason: String)
  /// The file was cut, written to or replaced after it was opened.
  case changed
  /// The file has no bytes.
  case emptyFile
  /// The file is of another kind, recognised by its first bytes, or of none that is known.
  case foreign(ForeignFormat)
  /// A limit is exceeded.
  case overLimit(Quantity, value: Int, limit: Int)

  // safetensors
  /// The file has no room for the header's length.
  case tooShort(count: Int)
  /// The file ends inside the header, or the header's length is a lie.
  case headerPastEnd(length: UInt64, available: Int)
  /// The header is not the JSON that the format asks for, from `byte` of the header on.
  case invalidHeaderJSON(byte: Int, reason: String)
  /// A tensor lacks one of `dtype`, `shape` and `data_offsets`.
  case missingField(tensor: String, field: String)
  /// A tensor's `dtype` is none of the format's.
  case unknownElementType(tensor: String, type: String)
  /// A tensor's extents, their product or its bytes leave 64 bits.
  case shapeOverflows(tensor: String)
  /// The bytes between a tensor's offsets are not those of its shape.
  case offsetsMismatchShape(tensor: String, expected: Int, actual: Int)
  /// A tensor ends before it begins.
  case offsetsReversed(tensor: String)
  /// A tensor begins before the one before it ends.
  case offsetsOverlap(tensor: String)
  /// Bytes before a tensor belong to none.
  case offsetsLeaveHole(tensor: String)
  /// The last tensor ends elsewhere than the file.
  case fileSizeMismatch(tensor: String?, expected: Int, actual: Int)
  /// Two tensors have one name.
  case duplicateTensor(String)

  // PyTorch
  /// The zip archive is not exactly one that PyTorch writes.
  case damagedArchive(reason: String)
  /// The zip archive does not end where its file does.
  case archiveCut
  /// A member's bytes are not those that were written.
  case checksumMismatch(member: String)
  /// The pickle cannot be what a program wrote, from `byte` on.
  case damagedPickle(byte: Int, reason: String)
  /// The pickle asks for a global that is not on the short list of harmless ones; nothing was run.
  case refusedGlobal(String)
  /// A tensor's view lies outside its storage, or its storage outside the file.
  case doesNotFitStorage(tensor: String)
  /// A tensor has more elements than its storage.
  case expandsStorage(tensor: String)
  /// The file has no state dict; its top level holds `keys`.
  case noStateDict(keys: [String])
  /// The file has several dictionaries of equally many tensors, and no name tells which holds the weights.
  case severalStateDicts([String])
  /// Averaged weights are asked for and the file has none.
  case noAveragedWeights
  /// The file is of a kind or version that is not read.
  case unsupported(String)

  // Values and names
  /// No tensor has this name.
  case noTensor(String)
  /// Values of this type are not read.
  case unsupportedElementType(tensor: String, type: ElementType)
  /// A finite value becomes infinite in the type that it is to be written in.
  case valueOutOfRange(tensor: String, value: Float, type: ElementType)
  /// Two checkpoint names become one parameter name.
  case namesCollide(first: String, second: String, name: String)

  /// A kind of file that is neither safetensors nor a PyTorch checkpoint.
  public enum ForeignFormat: String, Sendable {
    /// A Git LFS pointer in place of the file.
    case gitLFSPointer = "a Git LFS pointer"
    /// A web page, most often an error that was saved.
    case html = "an HTML page"
    /// llama.cpp's format.
    case gguf = "a GGUF file"
    /// A zip archive where safetensors are expected.
    case zip = "a zip file"
    /// A pickle where safetensors are expected.
    case pickle = "a pickle"
    /// Safetensors where a PyTorch checkpoint is expected.
    case safetensors = "a safetensors file"
    /// The archive of PyTorch before 0.1.10, or any other tar.
    case tar = "a tar file"
    /// HDF5, as Keras writes.
    case hdf5 = "an HDF5 file"
    /// None of these.
    case unknown
  }

  /// What a limit counts.
  public enum Quantity: String, Sendable {
    /// Bytes of a safetensors header.
    case headerBytes = "bytes of header"
    /// Tensors in a file.
    case tensors
    /// Axes of a tensor.
    case rank = "axes of a tensor"
    /// Bytes of a pickle.
    case pickleBytes = "bytes of pickle"
    /// Bytes that a compressed member would become.
    case inflatedBytes = "inflated bytes"
    /// Instructions of a pickle.
    case opcodes = "pickle instructions"
    /// Values on a pickle's stack.
    case stack = "values on the pickle's stack"
    /// Values that a pickle remembers.
    case memo = "remembered pickle values"
    /// Nested containers in a pickle.
    case depth = "nested pickle containers"
    /// Bytes of a zip archive's directory.
    case directoryBytes = "bytes of an archive's directory"
    /// Members of an archive.
    case members = "archive members"
  }
}
