/// The shape of a feature map, channels-last: B batch, H height, W width, C channels.
///
/// A pixel is a token: a sequence of N tokens without a grid is `height` 1 and `width` N.
public struct Shape: Hashable, Sendable {
  /// B, images (or windows of images).
  public var batch: Int
  /// H, rows.
  public var height: Int
  /// W, columns.
  public var width: Int
  /// C, channels.
  public var channels: Int

  /// A shape from its four extents, all at least 1.
  public init(batch: Int = 1, height: Int, width: Int, channels: Int) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// N = H·W, the tokens of one image.
  public var tokens: Int { height * width }
  /// B·H·W, the rows of the map seen as a matrix.
  public var rows: Int { batch * height * width }
  /// B·H·W·C.
  public var elements: Int { rows * channels }

  /// False where there are more elements than any machine holds: 2⁴⁰.
  var isPossible: Bool {
    var product = 1
    for extent in [batch, height, width, channels] {
      let (next, overflows) = product.multipliedReportingOverflow(by: extent)
      guard !overflows, next <= 1 << 40 else { return false }
      product = next
    }
    return true
  }
}

extension Shape: CustomStringConvertible {
  /// "B×H×W×C".
  public var description: String { "\(batch)×\(height)×\(width)×\(channels)" }
}

/// A map that an operation cannot take: an input too small for the network, or maps that do not fit together.
public struct ShapeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The dotted path of the operation.
  public var path: String
  /// What was expected and what came.
  public var reason: String

  /// An error at a path, which shape inference fills in where it is empty.
  public init(path: String = "", _ reason: String) {
    self.path = path
    self.reason = reason
  }

  /// One line: the path and the reason.
  public var description: String { "\(path): \(reason)" }
}
