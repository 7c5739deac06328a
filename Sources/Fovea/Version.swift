/// The version of this package.
public enum Version {
  /// Semantic version, e.g. "0.1.0".
  public static let current = "0.1.0"
}
