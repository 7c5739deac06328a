import FoveaTestSupport
import Foundation

/// What PyTorch says of losses, optimisers and schedules: tools/reference/learning_goldens.py recorded it.
struct LearningGoldens: Decodable {
  struct Rows: Decodable {
    let classes: Int
    let smoothing: Float
    let logits: [Float]
    let ids: [Int32]?
    let targets: [Float]?
    let weights: [Float]?
    let loss: Double
    let gradient: [Float]
  }

  struct Dense: Decodable {
    let dice: Double
    let shape: [Int]
    let height: Int
    let width: Int
    let ids: [Int32]
    let weights: [Float]
    let logits: [Float]
    let loss: Double
    let gradient: [Float]
  }

  struct Optimiser: Decodable {
    let name: String
    let values: [Float]
    let split: Int
    let gradients: [Float]
    let norms: [Double]
    let result: [Float]
  }

  struct Schedules: Decodable {
    let total: Int
    let oneCycle: [Double]
    let cosine: [Double]
  }

  struct Average: Decodable {
    let values: [Float]
    let count: Int
    let retention: Double
    let result: [Float]
  }

  let crossEntropy: [Rows]
  let mixed: Rows
  let dense: [Dense]
  let optimisers: [Optimiser]
  let schedules: Schedules
  let average: Average

  static let recorded = Result {
    try JSONDecoder().decode(
      LearningGoldens.self, from: Data(contentsOf: fixtures.appending(path: "learning/learning.json")))
  }
}

/// The place of the largest difference that is over a tolerance, in words; nil where there is none.
func worstDifference(_ actual: [Float], _ expected: [Float], within tolerance: Float) -> String? {
  guard actual.count == expected.count else { return "\(actual.count) values, not \(expected.count)" }
  let worst = actual.indices.max { abs(actual[$0] - expected[$0]) < abs(actual[$1] - expected[$1]) }
  guard let worst, !(abs(actual[worst] - expected[worst]) <= tolerance) else { return nil }
  return "at \(worst): \(actual[worst]), not \(expected[worst]); tolerance \(tolerance)"
}
