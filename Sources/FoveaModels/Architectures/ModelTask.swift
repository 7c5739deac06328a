/// What a model answers.
public enum ModelTask: String, Sendable, Hashable, CaseIterable {
  /// A class for the whole picture.
  case classification
  /// A class for each pixel.
  case segmentation
}
