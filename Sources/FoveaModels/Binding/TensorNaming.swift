/// Names under which a checkpoint's tensors may be a model's: as stored, or without the prefixes of what wrapped it.
struct TensorNaming {
  /// Stored names, and the names that they mean.
  var names: [(stored: String, name: String)]
  /// The wrappers' prefix, e.g. `module.model.`; empty where none was taken off.
  var prefix = ""
  /// What was put before every name, where a part of a model was saved alone.
  var added = ""
  /// Wrappers inside names that were taken out, e.g. `_orig_mod` of a compiled part.
  var inner: [String] = []
  /// Stored names of tensors that lie outside the prefix.
  var leftOut: [String] = []

  /// What training on several devices, compiling and the libraries around models put before every name.
  private static let wrappers = [
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "model", "timm_model",
    "backbone", "encoder", "net", "network", "student", "base_model", "feature_extractor",
  ]
  /// Those that no model's own names have, wherever they stand.
  private static let transparent: Set<Substring> = [
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]
  /// Places of a whole model at which a part is saved alone.
  private static let places = ["backbone.", "image_encoder.", "image_encoder.backbone."]

  /// Every way to read the names, as stored first, then with one prefix off, then two, …
  static func candidates(of stored: [String]) -> [TensorNaming] {
    var level = [TensorNaming(names: stored.map { ($0, $0) })]
    var all: [TensorNaming] = []
    for _ in 0..<8 where all.count < 64 {
      all += level
      level = level.flatMap(\.unwrapped)
    }
    all += all.compactMap(\.withoutInner)
    return all + all.flatMap { naming in places.map(naming.placed) }
  }

  /// The names below each wrapper that some names begin with.
  private var unwrapped: [TensorNaming] {
    Self.wrappers.compactMap { wrapper in
      let start = wrapper + "."
      let inside = names.filter { $0.name.hasPrefix(start) }
      guard !inside.isEmpty else { return nil }
      var naming = self
      naming.names = inside.map { ($0.stored, String($0.name.dropFirst(start.count))) }
      naming.prefix += start
      naming.leftOut += names.filter { !$0.name.hasPrefix(start) }.map(\.stored)
      return naming
    }
  }

  /// The names without wrappers of parts; nil where there are none, or two names would become one.
  private var withoutInner: TensorNaming? {
    var naming = self
    var found = Set<Substring>()
    naming.names = names.map { stored, name in
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      let kept = parts.filter { !Self.transparent.contains($0) }
      if kept.count == parts.count { return (stored, name) }
      found.formUnion(parts.filter(Self.transparent.contains))
      return (stored, kept.joined(separator: "."))
    }
    naming.inner = found.map(String.init).sorted()
    return found.isEmpty || Set(naming.names.map(\.name)).count < names.count ? nil : naming
  }

  private func placed(at place: String) -> TensorNaming {
    var naming = self
    naming.added = place
    naming.names = names.map { ($0.stored, place + $0.name) }
    return naming
  }

  /// What was done, a line each, to be told.
  var notes: [String] {
    var notes: [String] = []
    if !prefix.isEmpty {
      notes.append(
        leftOut.isEmpty ? "dropped the prefix \(prefix) of every name" : "took the tensors under \(prefix)")
    }
    if !inner.isEmpty { notes.append("dropped \(inner.joined(separator: " and ")) inside names") }
    if !added.isEmpty { notes.append("put \(added) before every name") }
    if let first = leftOut.first {
      notes.append("left out \(leftOut.count) tensors beside them (first: \(first))")
    }
    return notes
  }
}
