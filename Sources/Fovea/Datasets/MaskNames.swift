/// Which mask belongs to which picture, by their names.
struct MaskNames {
  /// What masks' names have behind their pictures', where nothing else is said.
  static let suffixes = ["_gtFine_labelIds", "_labelIds", "_masks", "_mask"]
  /// What stands behind a picture's name and not behind its mask's.
  private static let imageSuffix = "_leftImg8bit"
  /// What files beside masks have behind that are the same masks in another form.
  private static let companions = ["_color", "_instanceIds", "_labelTrainIds"]

  private let suffixes: [String]

  /// The names with a suffix; nil takes the known ones, or none.
  init(suffix: String?) { suffixes = suffix.map { [$0] } ?? Self.suffixes + [""] }

  /// The path of a picture without its ending, and without what a mask's does not have.
  static func key(ofImage path: String) -> String { key(ofStem: FileSystem.withoutExtension(path)) }

  /// The same of a name in a list, which may lack its ending.
  static func key(ofListed name: String) -> String {
    key(ofStem: FileSystem.hasImageEnding(name) ? FileSystem.withoutExtension(name) : name)
  }

  private static func key(ofStem stem: String) -> String {
    stem.hasSuffix(imageSuffix) ? String(stem.dropLast(imageSuffix.count)) : stem
  }

  /// The keys of the picture that a mask may belong to, the likeliest first.
  private func keys(ofMask path: String) -> [String] {
    let stem = FileSystem.withoutExtension(path)
    // a picture's own name first: a_mask.png may be the mask of a_mask.jpg
    return (suffixes.contains("") ? [stem, Self.key(ofImage: path)] : [])
      + suffixes.filter { !$0.isEmpty && stem.hasSuffix($0) }.map { String(stem.dropLast($0.count)) }
  }

  /// The key of a mask, where it belongs to one of some pictures.
  func key(ofMask path: String, among keys: Set<String>) -> String? {
    self.keys(ofMask: path).first(where: keys.contains)
  }

  /// True where a file is a picture's mask in another form.
  func isCompanion(_ path: String, among keys: Set<String>) -> Bool {
    let stem = FileSystem.withoutExtension(path)
    return Self.companions.contains { ending in
      guard stem.hasSuffix(ending) else { return false }
      let rest = String(stem.dropLast(ending.count))
      return keys.contains(rest) || rest.hasSuffix("_gtFine") && keys.contains(String(rest.dropLast(7)))
    }
  }

  /// Files of one folder apart: pictures, and the masks of some of them.
  func apart(_ files: [String]) -> (images: [String], masks: [String]) {
    let all = Set(files.map(FileSystem.withoutExtension))
    let behind = MaskNames(suffixes: suffixes.filter { !$0.isEmpty })
    let masks = Set(files.filter { behind.key(ofMask: $0, among: all) != nil })
    return (files.filter { !masks.contains($0) }, files.filter(masks.contains))
  }

  private init(suffixes: [String]) { self.suffixes = suffixes }
}
