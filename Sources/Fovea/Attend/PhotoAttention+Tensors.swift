import FoveaWeights

extension PhotoAttention {
  /// Writes what any weight can be rebuilt from as float32 safetensors, which appears whole or not at all.
  ///
  /// For block B: `B.query_features` and `B.key_features`, (heads, N, D); `B.normaliser`, (heads, N); where there
  /// is a depthwise term `B.kernels`, (heads, channels, side, side); where there is a relative bias `B.bias`,
  /// ((2·side − 1)², heads). With linear attention A_ij = query_i·key_j / normaliser_i, with softmax
  /// exp(query_i·key_j + bias − normaliser_i). N counts the slots of all windows; the metadata under B is a JSON
  /// object with the kind, the grids, the windows and the leading tokens. Throws with status `cannotCreate`.
  public func writeTensors(to path: String) throws(FoveaError) {
    var tensors: [String: [Float]] = [:]
    var entries: [TensorEntry] = []
    var metadata: [String: String] = [:]
    for block in blocks {
      func add(_ name: String, _ shape: [Int], _ values: [Float]) {
        tensors["\(block.path).\(name)"] = values
        entries.append(TensorEntry(name: "\(block.path).\(name)", elementType: .f32, shape: shape))
      }
      let factors = block.factors
      add("query_features", [factors.heads, factors.queryCount, factors.features], factors.queries)
      add("key_features", [factors.heads, factors.keyCount, factors.features], factors.keys)
      add("normaliser", [factors.heads, factors.queryCount], factors.normaliser)
      if let term = block.depthwise {
        add("kernels", [term.heads, term.channels, term.side, term.side], term.kernels)
      }
      if let bias = factors.addends?.bias {
        add("bias", [(2 * bias.side - 1) * (2 * bias.side - 1), bias.heads], bias.table)
      }
      metadata[block.path] = block.description
    }
    try writeSafetensors(entries, metadata: metadata, to: path) { tensors[$0.name] ?? [] }
  }
}

extension BlockAttention {
  /// The JSON object of a block's metadata.
  fileprivate var description: String {
    var text = "{\"kind\":\"\(factors.kind.rawValue)\",\"kernel\":\"\(kernel)\""
    text += ",\"grid\":[\(height),\(width)],\"key_grid\":[\(keyHeight),\(keyWidth)]"
    text += ",\"leading_tokens\":\(leadingTokens)"
    if let window {
      text += ",\"window\":{\"height\":\(window.height),\"width\":\(window.width),\"shift\":\(window.shift)}"
    }
    return text + "}"
  }
}
