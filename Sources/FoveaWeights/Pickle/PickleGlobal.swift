/// The globals that a checkpoint may ask for. None is looked up or called: each only names what is to be built.
enum PickleGlobal: Equatable {
  case dictionary
  case set
  /// A settings class of a training script, a path, a date; what it holds is dropped.
  case settings
  /// Part of a NumPy scalar or array; dropped.
  case scalarPart
  /// The type that a defaultdict makes its values of; dropped.
  case factory
  case storage(ElementType)
  case elementType(ElementType)
  case tensor(version: Int)
  case parameter

  /// Finds a global by its full name, or `nil` for any that is not on the list.
  init?(named name: String) {
    if let global = Self.plain[name] {
      self = global
    } else if name.hasPrefix("torch."), let type = Self.storages[String(name.dropFirst(6))] {
      self = .storage(type)
    } else if name.hasPrefix("torch."), let type = Self.elementTypes[String(name.dropFirst(6))] {
      self = .elementType(type)
    } else {
      return nil
    }
  }

  private static let plain: [String: PickleGlobal] = [
    "collections.OrderedDict": .dictionary, "collections.defaultdict": .dictionary,
    "__builtin__.set": .set, "builtins.set": .set,
    "__builtin__.frozenset": .set, "builtins.frozenset": .set,
    "yacs.config.CfgNode": .settings, "argparse.Namespace": .settings, "easydict.EasyDict": .settings,
    "types.SimpleNamespace": .settings, "collections.Counter": .settings,
    "pytorch_lightning.utilities.parsing.AttributeDict": .settings,
    "lightning_fabric.utilities.data.AttributeDict": .settings,
    "lightning.fabric.utilities.data.AttributeDict": .settings,
    "mmcv.utils.config.ConfigDict": .settings, "mmengine.config.config.ConfigDict": .settings,
    "pathlib.PosixPath": .settings, "pathlib.WindowsPath": .settings, "pathlib.PurePosixPath": .settings,
    "datetime.datetime": .settings, "datetime.timedelta": .settings,
    "torch.Size": .settings, "torch.device": .settings, "torch.torch_version.TorchVersion": .settings,
    "numpy.core.multiarray.scalar": .scalarPart, "numpy._core.multiarray.scalar": .scalarPart,
    "numpy.core.multiarray._reconstruct": .scalarPart, "numpy._core.multiarray._reconstruct": .scalarPart,
    "numpy.ndarray": .scalarPart, "numpy.dtype": .scalarPart, "_codecs.encode": .scalarPart,
    "__builtin__.list": .factory, "__builtin__.dict": .factory, "__builtin__.int": .factory,
    "__builtin__.float": .factory, "builtins.list": .factory, "builtins.dict": .factory,
    "builtins.int": .factory, "builtins.float": .factory,
    "torch._utils._rebuild_tensor": .tensor(version: 1),
    "torch._utils._rebuild_tensor_v2": .tensor(version: 2),
    "torch._utils._rebuild_tensor_v3": .tensor(version: 3),
    "torch._utils._rebuild_parameter": .parameter,
    "torch._utils._rebuild_parameter_with_state": .parameter,
    "torch.storage.UntypedStorage": .storage(.u8),
  ]

  private static let storages: [String: ElementType] = [
    "DoubleStorage": .f64, "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16,
    "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8,
    "BoolStorage": .bool, "ComplexFloatStorage": .c64, "UntypedStorage": .u8,
  ]

  private static let elementTypes: [String: ElementType] = [
    "float64": .f64, "float32": .f32, "float16": .f16, "bfloat16": .bf16, "int64": .i64, "int32": .i32,
    "int16": .i16, "int8": .i8, "uint64": .u64, "uint32": .u32, "uint16": .u16, "uint8": .u8, "bool": .bool,
    "complex64": .c64, "float8_e5m2": .f8E5M2, "float8_e4m3fn": .f8E4M3, "float8_e8m0fnu": .f8E8M0,
    "float8_e5m2fnuz": .f8E5M2FNUZ, "float8_e4m3fnuz": .f8E4M3FNUZ,
  ]
}
