/// What a search through folders did not take, counted by reason with the first name of each.
///
/// Some is left out that a user may have meant to be seen: pictures of other formats, links that lead nowhere. Some
/// is skipped by design: hidden names, and files that are no pictures.
public struct LeftOut: Sendable, Hashable {
  /// Why something was left out, in the order in which it is told.
  public enum Reason: String, Sendable, Hashable, CaseIterable {
    /// A picture that is neither PNG nor JPEG, known by its content.
    case otherFormat = "other_formats"
    /// A link to what is not there.
    case danglingLink = "dangling_links"
    /// A link to a folder, which is not followed, so that a search ends.
    case linkedFolder = "linked_folders"
    /// A name that is not UTF-8; it is told with its bytes as \xE9.
    case nameNotUTF8 = "names_not_utf8"
    /// A folder that may not be searched.
    case unreadableFolder = "unreadable_folders"
    /// A file that may not be read, and whose name says no format.
    case unreadableFile = "unreadable_files"
    /// A picture, or a mask, that cannot be read.
    case unreadableImage = "unreadable_images"
    /// A picture of which there is no mask.
    case imageWithoutMask = "images_without_mask"
    /// A mask of which there is no picture.
    case maskWithoutImage = "masks_without_image"
    /// A picture beside the folders of classes, or of which a list says nothing.
    case unlabelledImage = "unlabelled_images"
    /// A name in a list of which there is no picture.
    case missingImage = "missing_images"
    /// A folder of a class without pictures.
    case emptyFolder = "empty_folders"
    /// A name that begins with a dot.
    case hidden
    /// A file, pipe or device that is no picture of any known format.
    case noPicture = "no_pictures"

    /// True where Fovea never takes such, whoever asks.
    public var isByDesign: Bool { self == .hidden || self == .noPicture }

    /// The words after the count.
    fileprivate func words(_ count: Int) -> String {
      let (one, many) =
        switch self {
        case .otherFormat: ("of another format", "of other formats")
        case .danglingLink: ("dangling link", "dangling links")
        case .linkedFolder: ("link to a folder", "links to folders")
        case .nameNotUTF8: ("name that is not UTF-8", "names that are not UTF-8")
        case .unreadableFolder: ("unreadable folder", "unreadable folders")
        case .unreadableFile: ("unreadable file", "unreadable files")
        case .unreadableImage: ("image that cannot be read", "images that cannot be read")
        case .imageWithoutMask: ("image without a mask", "images without a mask")
        case .maskWithoutImage: ("mask without an image", "masks without an image")
        case .unlabelledImage: ("image without a class", "images without a class")
        case .missingImage: ("listed image that is not there", "listed images that are not there")
        case .emptyFolder: ("folder without images", "folders without images")
        case .hidden: ("hidden", "hidden")
        case .noPicture: ("that is no picture", "that are no pictures")
        }
      return count == 1 ? one : many
    }
  }

  /// How many there are of a reason, and the first one's name.
  public struct Tally: Sendable, Hashable {
    /// How many.
    public var count: Int
    /// The first one's name, below the folder that was searched.
    public var first: String

    package init(count: Int, first: String) {
      (self.count, self.first) = (count, first)
    }
  }

  /// The tallies of the reasons that occurred.
  public private(set) var tallies: [Reason: Tally] = [:]

  /// Nothing yet.
  public init() {}

  /// True where nothing was left out or skipped.
  public var isEmpty: Bool { tallies.isEmpty }

  /// True where nothing was left out that someone may have meant to be seen; what is skipped by design may be.
  public var isWhole: Bool { tallies.keys.allSatisfy(\.isByDesign) }

  /// Counts one more.
  public mutating func add(_ reason: Reason, _ name: String) {
    tallies[reason, default: Tally(count: 0, first: name)].count += 1
  }

  /// Counts what another search left out, its names below a folder.
  public mutating func add(_ other: LeftOut, below folder: String = "") {
    for (reason, tally) in other.tallies {
      let first = FileSystem.join(folder, tally.first)
      tallies[reason, default: Tally(count: 0, first: first)].count += tally.count
    }
  }

  /// All of it on one line, "left out: 6 of other formats (first: x.webp); skipped: 1 hidden (first: .a)"; nil for
  /// nothing. Names are as they are: whoever shows the line to a terminal escapes it.
  public var line: String? {
    let parts = [("left out", false), ("skipped", true)].compactMap { words, isByDesign -> String? in
      let told = Reason.allCases.filter { $0.isByDesign == isByDesign }.compactMap { reason in
        tallies[reason].map { "\($0.count) \(reason.words($0.count)) (first: \($0.first))" }
      }
      return told.isEmpty ? nil : "\(words): \(told.joined(separator: ", "))"
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
