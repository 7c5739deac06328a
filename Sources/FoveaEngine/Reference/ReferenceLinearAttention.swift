import FoveaGraph

extension LinearAttention: ReferenceOperation {
  func evaluate(
    _ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource
  ) throws -> FeatureMap {
    let tokens = layout == .separate ? inputs : separated(inputs)
    precondition([3, 5].contains(tokens.count), "linear attention takes 3 or 5 maps, not \(tokens.count)")
    let features = try zip(tokens, [FeatureRole.queries, .keys, nil, .queries, .keys]).map { map, role in
      try role.map { try self.features(map, $0, parameters: parameters) } ?? map
    }
    let attention = LinearAttentionMaps(
      query: features[0], key: features[1], value: features[2],
      normaliserQuery: tokens.count == 5 ? features[3] : features[0],
      normaliserKey: tokens.count == 5 ? features[4] : features[1],
      featureDimension: featureDimension, heads: tokens[0].shape.channels / headDimension,
      epsilon: Double(epsilon), share: averagesKeys ? 1 / Double(features[1].shape.tokens) : 1)
    let isQuadratic = isQuadraticAtFewTokens && shape.tokens <= headDimension
    var output = FeatureMap(zeros: shape)
    for batch in 0..<shape.batch {
      for head in 0..<attention.heads {
        if isQuadratic {
          attention.writeQuadratic(to: &output, batch: batch, head: head)
        } else {
          attention.write(to: &output, batch: batch, head: head)
        }
      }
    }
    return output
  }

  /// q, k and v of all inputs' heads as three maps, from heads of (q, k, v).
  private func separated(_ inputs: [FeatureMap]) -> [FeatureMap] {
    // For every head of the output, its input and its first channel there.
    let heads = inputs.flatMap { input in
      (0..<input.shape.channels / (3 * headDimension)).map { (input, 3 * headDimension * $0) }
    }
    var shape = inputs[0].shape
    shape.channels = heads.count * headDimension
    return (0..<3).map { part in
      FeatureMap(shape) { batch, y, x, channel in
        let (input, start) = heads[channel / headDimension]
        return input[batch, y, x, start + part * headDimension + channel % headDimension]
      }
    }
  }
}

/// φ(q), φ(k), v, and what normalises them, (B, H, W, heads·width) each.
private struct LinearAttentionMaps {
  let query: FeatureMap, key: FeatureMap, value: FeatureMap
  let normaliserQuery: FeatureMap, normaliserKey: FeatureMap
  /// The features of a head.
  let featureDimension: Int
  let heads: Int
  let epsilon: Double
  /// What every key counts in the sums: 1, or 1/N.
  let share: Double

  /// The values of a head.
  var width: Int { value.shape.channels / heads }

  /// Where a token's features or values of a head start.
  private func offset(_ map: FeatureMap, batch: Int, token: Int, head: Int) -> Int {
    (batch * map.shape.tokens + token) * map.shape.channels + head * (map.shape.channels / heads)
  }

  /// y_i = φ(q_i) Σ_j φ(k_j)ᵀ v_j / (φ(q_i)·Σ_j φ(k_j) + ε).
  func write(to output: inout FeatureMap, batch: Int, head: Int) {
    let (products, totals) = sums(batch: batch, head: head)
    for token in 0..<query.shape.tokens {
      let normaliser = offset(normaliserQuery, batch: batch, token: token, head: head)
      var denominator = epsilon
      for feature in 0..<featureDimension {
        denominator += Double(normaliserQuery.values[normaliser + feature]) * totals[feature]
      }
      let features = offset(query, batch: batch, token: token, head: head)
      let target = offset(output, batch: batch, token: token, head: head)
      for channel in 0..<width {
        var sum = 0.0
        for feature in 0..<featureDimension {
          sum += Double(query.values[features + feature]) * products[feature * width + channel]
        }
        output.values[target + channel] = Float(sum / denominator)
      }
    }
  }

  /// Σ_j φ(k_j)ᵀ v_j, (features, width), and Σ_j φ(k_j) for the normaliser.
  private func sums(batch: Int, head: Int) -> (products: [Double], totals: [Double]) {
    var products = [Double](repeating: 0, count: featureDimension * width)
    var totals = [Double](repeating: 0, count: featureDimension)
    for token in 0..<key.shape.tokens {
      let features = offset(key, batch: batch, token: token, head: head)
      let normaliser = offset(normaliserKey, batch: batch, token: token, head: head)
      let values = offset(value, batch: batch, token: token, head: head)
      for feature in 0..<featureDimension {
        totals[feature] += share * Double(normaliserKey.values[normaliser + feature])
        let weight = share * Double(key.values[features + feature])
        for channel in 0..<width {
          products[feature * width + channel] += weight * Double(value.values[values + channel])
        }
      }
    }
    return (products, totals)
  }

  /// The same with the weights first: a_ij = φ(q_i)·φ(k_j), y_i = Σ_j a_ij / (Σ_j a_ij + ε) v_j.
  func writeQuadratic(to output: inout FeatureMap, batch: Int, head: Int) {
    for token in 0..<query.shape.tokens {
      let weights = products(query, key, batch: batch, token: token, head: head)
      let normalisers = products(normaliserQuery, normaliserKey, batch: batch, token: token, head: head)
      let denominator = normalisers.reduce(0, +) + epsilon
      let target = offset(output, batch: batch, token: token, head: head)
      for channel in 0..<width {
        var sum = 0.0
        for (other, weight) in weights.enumerated() {
          let values = offset(value, batch: batch, token: other, head: head)
          sum += weight / denominator * Double(value.values[values + channel])
        }
        output.values[target + channel] = Float(sum)
      }
    }
  }

  /// The products of one query with every key.
  private func products(
    _ queries: FeatureMap, _ keys: FeatureMap, batch: Int, token: Int, head: Int
  ) -> [Double] {
    (0..<keys.shape.tokens).map { other in
      share
        * dotProduct(
          queries.values, at: offset(queries, batch: batch, token: token, head: head),
          keys.values, at: offset(keys, batch: batch, token: other, head: head), count: featureDimension)
    }
  }
}
