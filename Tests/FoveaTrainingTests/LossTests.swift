import FoveaGraph
import FoveaTraining
import Testing

@Suite("Losses")
struct LossTests {
  @Test("cross entropy is PyTorch's, with smoothing, weights and ignored rows")
  func crossEntropy() throws {
    for golden in try LearningGoldens.recorded.get().crossEntropy {
      let loss = CrossEntropy(labelSmoothing: golden.smoothing, classWeights: golden.weights)
      var gradient = [Float](repeating: .nan, count: golden.logits.count)
      let value = try golden.logits.withUnsafeBufferPointer { logits in
        try #require(golden.ids).withUnsafeBufferPointer { ids in
          gradient.withUnsafeMutableBufferPointer {
            loss.evaluate(logits, classes: golden.classes, ids: ids, gradient: $0)
          }
        }
      }
      expect(value, gradient, golden.loss, golden.gradient, classes: golden.classes)
    }
  }

  @Test("mixed targets weigh as PyTorch's distributions do")
  func mixed() throws {
    let golden = try LearningGoldens.recorded.get().mixed
    let loss = CrossEntropy(labelSmoothing: golden.smoothing)
    var gradient = [Float](repeating: .nan, count: golden.logits.count)
    let value = try golden.logits.withUnsafeBufferPointer { logits in
      try #require(golden.targets).withUnsafeBufferPointer { targets in
        gradient.withUnsafeMutableBufferPointer {
          loss.evaluate(logits, classes: golden.classes, targets: targets, gradient: $0)
        }
      }
    }
    expect(value, gradient, golden.loss, golden.gradient, classes: golden.classes)
  }

  @Test("a segmenter's loss is that of its logits resized by PyTorch, with and without Dice")
  func dense() throws {
    for golden in try LearningGoldens.recorded.get().dense {
      let loss = DenseLoss(
        crossEntropy: CrossEntropy(classWeights: golden.weights), diceWeight: golden.dice)
      let shape = Shape(
        batch: golden.shape[0], height: golden.shape[1], width: golden.shape[2], channels: golden.shape[3])
      var gradient = [Float](repeating: .nan, count: golden.logits.count)
      let value = golden.logits.withUnsafeBufferPointer { logits in
        golden.ids.withUnsafeBufferPointer { ids in
          gradient.withUnsafeMutableBufferPointer {
            loss.evaluate(
              logits, shape, ids: ids, height: golden.height, width: golden.width, gradient: $0)
          }
        }
      }
      // A logit's gradient is the sum over the pixels that it reaches.
      let pixels = 4 * golden.height * golden.width / (shape.height * shape.width)
      expect(value, gradient, golden.loss, golden.gradient, classes: shape.channels * pixels)
    }
  }

  @Test("rows that are all ignored have no loss and no gradient")
  func ignored() {
    let logits: [Float] = [1, 2, 3, 4]
    let ids: [Int32] = [-1, 7]
    var gradient: [Float] = [9, 9, 9, 9]
    let value = logits.withUnsafeBufferPointer { logits in
      ids.withUnsafeBufferPointer { ids in
        gradient.withUnsafeMutableBufferPointer {
          CrossEntropy().evaluate(logits, classes: 2, ids: ids, gradient: $0)
        }
      }
    }
    #expect(value == 0 && gradient == [0, 0, 0, 0])
  }

  @Test("a row that is ignored makes the mean of the others neither smaller nor larger")
  func ignoredBesideOthers() {
    let logits: [Float] = [0, 0, 5, 1, 0, 0]
    let ids: [Int32] = [0, -1, 1]
    var gradient = [Float](repeating: 9, count: 6)
    let value = logits.withUnsafeBufferPointer { logits in
      ids.withUnsafeBufferPointer { ids in
        gradient.withUnsafeMutableBufferPointer {
          CrossEntropy().evaluate(logits, classes: 2, ids: ids, gradient: $0)
        }
      }
    }
    // ln 2 a row; of two rows each gives half of softmax less the target
    #expect(abs(value - 0.6931471805599453) < 1e-6)
    #expect(zip(gradient, [-0.25, 0.25, 0, 0, 0.25, -0.25]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Sums of `terms` float32 numbers: terms · ε of the largest magnitude.
  private func expect(
    _ value: Double, _ gradient: [Float], _ golden: Double, _ goldenGradient: [Float], classes terms: Int
  ) {
    let epsilon = Float.ulpOfOne * 4 * Float(terms).squareRoot()
    #expect(abs(value - golden) <= Double(epsilon) * max(1, abs(golden)), "\(value), not \(golden)")
    let largest = goldenGradient.map(abs).max() ?? 0
    let difference = worstDifference(gradient, goldenGradient, within: epsilon * largest)
    #expect(difference == nil, "\(difference ?? "")")
  }
}
