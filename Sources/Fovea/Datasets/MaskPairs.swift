/// Pictures beside masks of their classes, brought together by their names.
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
  /// Pictures without masks, masks without pictures, and what a search through the folders did not take.
  public let leftOut: LeftOut

  /// Brings a part's pictures and masks together: the same path below either folder, but for the endings and for
  /// what masks have behind.
  ///
  /// Throws with status `cannotOpen` where there are no pictures, and `badData` where no picture has a mask, one has
  /// two, or two have one.
  public init(_ part: DatasetPart) throws(FoveaError) {
    guard case .pairs(let imageFolder, let maskFolder, let list) = part.source else {
      throw FoveaError(path: part.directory, reason: "is no folder of images and masks", status: .badData)
    }
    var leftOut = LeftOut()
    let names = MaskNames(suffix: part.options.maskSuffix)
    var images = try Self.files(imageFolder, &leftOut)
    var masks: [String]
    if imageFolder == maskFolder {
      (images, masks) = names.apart(images)
    } else {
      masks = try Self.files(maskFolder, &leftOut)
    }
    if let list {
      let listed = try Self.listed(list, images, &leftOut)
      masks.removeAll { names.key(ofMask: $0, among: listed.others) != nil }
      images = listed.images
    }
    guard !images.isEmpty else {
      throw FoveaError(
        path: list ?? imageFolder,
        reason: list == nil ? "no PNG or JPEG image in this directory" : "names no image of \(imageFolder)",
        status: .cannotOpen)
    }
    let found = try Self.matched(images, masks, names, (imageFolder, maskFolder))
    pairs = images.compactMap { image in
      found.masks[image].map {
        Pair(image: FileSystem.join(imageFolder, image), mask: FileSystem.join(maskFolder, $0))
      }
    }
    for image in images where found.masks[image] == nil {
      leftOut.add(.imageWithoutMask, FileSystem.join(imageFolder, image))
    }
    for mask in found.strangers { leftOut.add(.maskWithoutImage, FileSystem.join(maskFolder, mask)) }
    guard !pairs.isEmpty else {
      let mask = masks.first.map { ", nor an image for \(FileSystem.join(maskFolder, $0))" } ?? ""
      throw FoveaError(
        path: FileSystem.join(imageFolder, images[0]), reason: "has no mask in \(maskFolder)\(mask)",
        hint: "a mask has its image's name, or with \(MaskNames.suffixes.joined(separator: ", ")) behind; "
          + "--mask-suffix names another", status: .badData)
    }
    self.leftOut = leftOut
  }

  private static func files(_ folder: String, _ leftOut: inout LeftOut) throws(FoveaError) -> [String] {
    var here = LeftOut()
    let files = try FileSystem.images(below: folder, leftOut: &here)
    leftOut.add(here, below: folder)
    return files
  }

  /// The pictures that a list names, by their stems or paths, and the keys of those that it does not.
  private static func listed(
    _ list: String, _ images: [String], _ leftOut: inout LeftOut
  ) throws(FoveaError) -> (images: [String], others: Set<String>) {
    var unmet: Set<String> = []
    var byName: [String: [String]] = [:]
    for line in try FileSystem.text(of: list).split(whereSeparator: \.isNewline) {
      // names of VOC's lists of a class are followed by 1 or -1, those of pairs by the mask's path
      guard let word = line.split(whereSeparator: \.isWhitespace).first else { continue }
      let key = MaskNames.key(ofListed: String(word))
      if unmet.insert(key).inserted { byName[FileSystem.name(of: key), default: []].append(key) }
    }
    var taken: [String] = []
    var others: Set<String> = []
    for image in images {
      let key = MaskNames.key(ofImage: image)
      let meant = byName[FileSystem.name(of: key)]?.filter {
        $0 == key || $0.hasSuffix("/\(key)") || !$0.contains("/")
      }
      if let meant, !meant.isEmpty {
        taken.append(image)
        unmet.subtract(meant)
      } else {
        others.insert(key)
      }
    }
    for name in unmet.sorted() { leftOut.add(.missingImage, "\(list): \(name)") }
    return (taken, others)
  }

  /// The mask of each picture that has one, and the masks that belong to none.
  private static func matched(
    _ images: [String], _ masks: [String], _ names: MaskNames, _ folders: (images: String, masks: String)
  ) throws(FoveaError) -> (masks: [String: String], strangers: [String]) {
    var byKey: [String: [String]] = [:]
    for image in images { byKey[MaskNames.key(ofImage: image), default: []].append(image) }
    // a mask may also have its picture's whole name, as segment writes it beside another picture of that stem
    let (keys, whole) = (Set(byKey.keys), Set(images))
    var (found, strangers): ([String: [String]], [String]) = ([:], [])
    for mask in masks {
      let stem = FileSystem.withoutExtension(mask)
      if whole.contains(stem) {
        found[stem, default: []].append(mask)
      } else if let key = names.key(ofMask: mask, among: keys), let owners = byKey[key] {
        guard owners.count == 1 else {
          throw FoveaError(
            path: FileSystem.join(folders.masks, mask),
            reason: "may be the mask of \(owners.joined(separator: " or of "))",
            hint: "name it \(FileSystem.name(of: owners[0])).png for the first", status: .badData)
        }
        found[owners[0], default: []].append(mask)
      } else if !names.isCompanion(mask, among: keys) {
        strangers.append(mask)
      }
    }
    var single: [String: String] = [:]
    for (image, candidates) in found.sorted(by: { $0.key < $1.key }) {
      // what is lossy is no mask where there is another
      let sound = candidates.filter { FileSystem.pathExtension($0) == "png" }
      let left = sound.isEmpty ? candidates : sound
      guard left.count == 1 else {
        throw FoveaError(
          path: FileSystem.join(folders.images, image),
          reason: "has \(left.count) masks in \(folders.masks): \(left.joined(separator: ", "))",
          hint: "--mask-suffix says what masks have behind their images' names", status: .badData)
      }
      single[image] = left[0]
    }
    return (single, strangers)
  }
}
