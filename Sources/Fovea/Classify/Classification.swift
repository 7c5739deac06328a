/// What a classifier says of one picture.
public struct Classification: Sendable, Hashable {
  /// A class and how probable it is.
  public struct Prediction: Sendable, Hashable {
    /// The class's name.
    public let label: String
    /// Its position among the logits.
    public let index: Int
    /// From 0 to 1; those of all classes add up to 1.
    public let probability: Float
  }

  /// Columns of the upright picture.
  public let width: Int
  /// Rows of the upright picture.
  public let height: Int
  /// The classes of the greatest logits, best first; of equal ones the lower index.
  public let predictions: [Prediction]
  /// What was odd about the file; empty for a sound one.
  public let warnings: [String]
}
