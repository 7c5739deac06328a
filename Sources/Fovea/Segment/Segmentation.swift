import FoveaEngine
import FoveaImage

/// A class for each pixel of a picture.
public struct Segmentation: Sendable {
  /// How much of the picture a class covers.
  public struct Share: Sendable, Hashable {
    /// The class's name.
    public let label: String
    /// Its position among the logits.
    public let index: Int
    /// Pixels of the class.
    public let pixels: Int
    /// Those pixels as a part of all, 0 to 1.
    public let fraction: Double
  }

  /// The most classes that a mask can hold; two numbers beyond are marks.
  public static let classLimit = 65_534
  /// The mark of pixels that the network did not see (`--fit crop`).
  public static let unseen = UInt16.max
  /// The mark of pixels whose logits are no numbers.
  public static let undecided = Engine.undecided

  /// Columns of the upright picture.
  public let width: Int
  /// Rows of the upright picture.
  public let height: Int
  /// (H, W), the class of pixel (x, y) at `y * width + x`, `unseen` or `undecided`.
  public let mask: [UInt16]
  /// The classes that occur, the largest first.
  public let classes: [Share]
  /// The picture itself, where it was asked for.
  public let photo: Image?
  /// The color of each class, for masks and overlays.
  public let palette: Palette
  /// What was odd about the file; empty for a sound one.
  public let warnings: [String]
}

/// Counts the pixels of classes, as they come.
struct ClassCounts {
  private var counts: [Int] = []
  private var total = 0

  /// Counts pixels; those without a class belong to the whole alone.
  mutating func add(_ mask: some Collection<UInt16>) {
    total += mask.count
    for index in mask where index < Segmentation.undecided {
      if Int(index) >= counts.count { counts += [Int](repeating: 0, count: Int(index) + 1 - counts.count) }
      counts[Int(index)] += 1
    }
  }

  /// The classes that occur, the largest first; of equal ones the lower index.
  func shares(label: (Int) -> String) -> [Segmentation.Share] {
    let present = counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$1], $0) < (counts[$0], $1) }
    return present.map {
      Segmentation.Share(
        label: label($0), index: $0, pixels: counts[$0], fraction: Double(counts[$0]) / Double(total))
    }
  }
}
