import FoveaImage

/// Pictures beside masks of their classes: `images/` and `masks/` with equal stems.
public struct MaskPairs: Sendable {
  /// A picture and its mask.
  public struct Pair: Sendable, Hashable {
    /// The picture's path.
    public let image: String
    /// The mask's path.
    public let mask: String
  }

  /// All pairs, in sorted order.
  public let pairs: [Pair]

  /// True where a directory has this layout.
  public static func isLayout(of directory: String) -> Bool {
    ["images", "masks"].allSatisfy { FileSystem.isDirectory(FileSystem.join(directory, $0)) }
  }

  /// Looks through `images/` and `masks/` of a directory.
  ///
  /// Throws with status `cannotOpen` where either is missing or empty, `badData` for a picture without a mask.
  public init(_ directory: String) throws(FoveaError) {
    let (images, masks) = (FileSystem.join(directory, "images"), FileSystem.join(directory, "masks"))
    let maskFiles = try FileSystem.images(below: masks)
    var byStem: [String: String] = [:]
    for file in maskFiles { byStem[FileSystem.withoutExtension(file)] = file }
    var pairs: [Pair] = []
    for image in try FileSystem.images(below: images) {
      guard let mask = byStem[FileSystem.withoutExtension(image)] else {
        throw FoveaError(
          path: FileSystem.join(images, image), reason: "has no mask of the same stem in \(masks)",
          hint: "the layout 'pairs' is images/ beside masks/", status: .badData)
      }
      pairs.append(Pair(image: FileSystem.join(images, image), mask: FileSystem.join(masks, mask)))
    }
    guard !pairs.isEmpty else {
      throw FoveaError(path: images, reason: "no PNG or JPEG image in this directory", status: .cannotOpen)
    }
    self.pairs = pairs
  }
}
