/// Whether maps are held whole, or pass through the engine row by row.
public enum RowFlow: Hashable, Sendable {
  /// The input is given at once, and the results are copies.
  case whole
  /// The image's rows arrive one by one, and results are kept until they have been read, in any order.
  case arriving
  /// The image's rows arrive one by one, and the last result's are computed as they are read where it is too large to
  /// keep: once each from top to bottom, and again from the top where a reader goes back.
  case passing
}
