/// A map given by the caller: (B, H, W, C), any B, H and W.
public struct Input: OperationRules {
  /// The name that the caller gives it by, `x` for the image.
  public var name: String
  /// C.
  public var channels: Int

  /// The shape that the caller gave.
  public func outputShape(for inputs: [Shape]) -> Shape { inputs[0] }
}

/// A parameter that is a map: a position table, a class token.
public struct Constant: OperationRules {
  /// How a table follows a map of another size than it was trained at.
  public enum Fitting: Sendable, Hashable {
    /// It does not: (1, rows, columns, C) always.
    case fixed
    /// Its grid is resized to the reference map's by the method; equal sizes change nothing.
    case resized(Resampling)
  }

  /// The table, its shape ending in C.
  public var table: Parameter
  /// H of the table as stored.
  public var rows: Int
  /// W of the table as stored.
  public var columns: Int
  /// How it follows the reference map, which is the only input where there is one.
  public var fitting: Fitting
  /// Leading rows of the flat table to skip (class tokens), given in tokens.
  public var skippedTokens = 0
  /// True where the checkpoint's tensor is (…, C, H, W) and not (…, H·W, C).
  public var isChannelsFirst = false

  /// (1, H, W, C): the stored grid, or the reference's.
  public func outputShape(for inputs: [Shape]) -> Shape {
    let channels = isChannelsFirst ? table.shape[table.shape.count - 3] : table.shape[table.shape.count - 1]
    guard case .resized = fitting, let reference = inputs.first else {
      return Shape(height: rows, width: columns, channels: channels)
    }
    return Shape(height: reference.height, width: reference.width, channels: channels)
  }

  /// The table.
  public var parameters: [Parameter] { [table] }
  /// None: the reference gives its grid.
  public func elementInputs(of count: Int) -> Int { 0 }
}
