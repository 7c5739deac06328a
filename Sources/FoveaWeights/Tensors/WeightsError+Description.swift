extension WeightsError: CustomStringConvertible {
  /// The error in one line, without the path; control characters of names are escaped.
  public var description: String {
    fileDescription ?? safetensorsDescription ?? torchDescription ?? valueDescription
  }

  private var fileDescription: String? {
    switch self {
    case .cannotOpen(let reason): "cannot open: \(reason)"
    case .notARegularFile(let isDirectory): isDirectory ? "is a directory" : "is not a regular file"
    case .readFailed(let reason): "cannot read: \(reason)"
    case .changed: "the file was changed or replaced after it was opened"
    case .emptyFile: "file is empty"
    case .foreign(.unknown): "not a safetensors file and not a PyTorch checkpoint"
    case .foreign(.tar): "old tar format: save it again with torch >= 1.6"
    case .foreign(let format): "this is \(format.rawValue)"
    case .overLimit(let what, let value, let limit): "\(value) \(what.rawValue), over the limit of \(limit)"
    default: nil
    }
  }

  private var safetensorsDescription: String? {
    switch self {
    case .tooShort(let count): "a file of \(count) bytes is too short for safetensors"
    case .headerPastEnd(let length, let available):
      "header of \(length) bytes is longer than the file, which has \(available) left"
    case .invalidHeaderJSON(let byte, let reason): "invalid header JSON at byte \(byte): \(reason)"
    case .missingField(let tensor, let field): "tensor \(shown(tensor)): \(field) is missing"
    case .unknownElementType(let tensor, let type): "tensor \(shown(tensor)): unknown dtype \(shown(type))"
    case .shapeOverflows(let tensor): "tensor \(shown(tensor)): shape overflows"
    case .offsetsMismatchShape(let tensor, let expected, let actual):
      "tensor \(shown(tensor)): shape needs \(expected) bytes, offsets hold \(actual)"
    case .offsetsReversed(let tensor): "tensor \(shown(tensor)): offsets end before they begin"
    case .offsetsOverlap(let tensor): "tensor \(shown(tensor)): offsets overlap"
    case .offsetsLeaveHole(let tensor): "tensor \(shown(tensor)): offsets leave a hole"
    case .fileSizeMismatch(let tensor, let expected, let actual):
      (tensor.map { "tensor \(shown($0)): " } ?? "")
        + "file size does not match: \(expected) bytes of tensors, \(actual) in the file"
    case .duplicateTensor(let tensor): "tensor \(shown(tensor)) appears twice"
    default: nil
    }
  }

  private var torchDescription: String? {
    switch self {
    case .damagedArchive(let reason):
      "this is a zip file, but no PyTorch checkpoint that can be trusted: \(shown(reason))"
    case .archiveCut: "this is a zip file that is cut, or has bytes behind its end"
    case .checksumMismatch(let member): "checksum error in \(shown(member))"
    case .damagedPickle(let byte, let reason): "damaged pickle at byte \(byte): \(shown(reason))"
    case .refusedGlobal(let name): "refused: file asks for \(shown(name))"
    case .doesNotFitStorage(let tensor): "tensor \(shown(tensor)) does not fit its storage"
    case .expandsStorage(let tensor): "tensor \(shown(tensor)) expands storage"
    case .noStateDict(let keys):
      keys.isEmpty
        ? "holds no state dict"
        : "holds no state dict; its keys are \(shown(keys.prefix(20).joined(separator: ", ")))"
    case .severalStateDicts(let keys):
      "holds several state dicts, and no name tells which are the weights: \(shown(keys.joined(separator: ", ")))"
    case .noAveragedWeights: "holds no averaged (EMA) weights"
    case .unsupported(let what): "\(shown(what)) is not supported"
    default: nil
    }
  }

  private var valueDescription: String {
    switch self {
    case .noTensor(let name): "tensor \(shown(name)) is missing"
    case .unsupportedElementType(let tensor, let type):
      "tensor \(shown(tensor)): dtype \(type.rawValue) is not supported"
    case .valueOutOfRange(let tensor, let value, let type):
      "tensor \(shown(tensor)): \(value) is too large for \(type.rawValue)"
    case .namesCollide(let first, let second, let name):
      "tensors \(shown(first)) and \(shown(second)) both become \(shown(name))"
    default: "unreadable weights"
    }
  }
}

/// Text from a file as it may be printed: control characters escaped, the empty string quoted, long text cut.
func shown(_ text: String) -> String {
  if text.isEmpty { return "\"\"" }
  var result = ""
  for scalar in text.unicodeScalars.prefix(200) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return text.unicodeScalars.count > 200 ? result + "…" : result
}

extension WeightsError {
  /// The exit status of a command that this error ends, as in sysexits: 65, 66, 69, 74 or 75.
  public var exitStatus: Int32 {
    switch self {
    case .cannotOpen, .notARegularFile: 66
    case .foreign(.tar), .unsupported, .unsupportedElementType: 69
    case .readFailed, .changed: 74
    case .overLimit: 75
    default: 65
    }
  }

  /// What the user can do about it, where that is known.
  public var hint: String? {
    switch self {
    case .foreign(.gitLFSPointer): "fetch the file itself with `git lfs pull`"
    case .foreign(.html): "the download gave a page in place of the file; check the address"
    case .foreign(.gguf), .foreign(.hdf5): "look for the safetensors or .pth file of the same model"
    case .foreign(.zip), .foreign(.pickle):
      "a PyTorch checkpoint is turned into a model folder by `fovea convert`"
    case .foreign(.tar): "load the file in Python with torch.load and write it again with torch.save"
    case .emptyFile, .headerPastEnd, .fileSizeMismatch, .archiveCut, .checksumMismatch:
      "the download may be incomplete; fetch the file again"
    case .refusedGlobal:
      "nothing was run; weights alone need no such call: ask the author of the file for safetensors"
    case .changed: "run it again when nothing writes to the file"
    case .severalStateDicts: "save the state dict that is meant in a file of its own"
    case .noAveragedWeights: "leave out --ema"
    case .valueOutOfRange: "write float32 or bfloat16"
    default: nil
    }
  }
}
