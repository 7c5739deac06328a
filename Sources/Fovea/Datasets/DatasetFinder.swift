/// Tells from the names in a folder how a data set lies in it.
struct DatasetFinder {
  private let directory: String
  private let options: DatasetOptions

  init(_ directory: String, _ options: DatasetOptions) {
    (self.directory, self.options) = (directory, options)
  }

  /// The parts that are folders, `train/` and the like, or none: a part holds folders, a list, or masks beside
  /// their pictures.
  func splits() throws(FoveaError) -> [DatasetSplit: DatasetPart] {
    var parts: [DatasetSplit: DatasetPart] = [:]
    for (split, name) in try named(in: directory) {
      let folder = FileSystem.join(directory, name)
      if let list = lists([split]).first {
        parts[split] = part(list: list, beside: [folder])
      } else if FileSystem.holdsFolders(folder) || list(in: folder, split) != nil || hasMasksBeside(folder) {
        do throws(FoveaError) {
          parts[split] = try DatasetFinder(folder, options).single(split)
        } catch {
          guard split == .test else { throw error }
        }
      }
    }
    // a test part is often without its truth
    if parts[.training]?.layout == .pairs, parts[.test]?.layout != .pairs { parts[.test] = nil }
    // folders that are said to be classes are parts only beside one to learn from
    return options.layout == .folders && parts[.training] == nil ? [:] : parts
  }

  /// What the folder itself is: the whole, or in parts by folders or lists within.
  func root() throws(FoveaError) -> (whole: DatasetPart?, parts: [DatasetSplit: DatasetPart]) {
    if let pairs = try maskFolders() {
      let parts = try self.parts(of: pairs)
      return parts.isEmpty ? (part(pairs), [:]) : (nil, parts)
    }
    if [nil, .list].contains(options.layout) {
      var parts: [DatasetSplit: DatasetPart] = [:]
      for split in DatasetSplit.allCases {
        if let list = lists([split]).first { parts[split] = part(list: list, isOnly: false) }
      }
      if parts[.training] != nil { return (nil, parts) }
    }
    return (try single(nil), [:])
  }

  /// A part that is listed in a file.
  func part(list: String, beside folders: [String] = [], isOnly: Bool = true) -> DatasetPart {
    let bases = folders + [directory, FileSystem.folder(of: list), FileSystem.join(directory, "images")]
    return DatasetPart(
      directory: directory, source: .list(file: list, bases: bases, isOnly: isOnly), options: options)
  }

  /// The folder as one part.
  private func single(_ split: DatasetSplit?) throws(FoveaError) -> DatasetPart {
    if let pairs = try maskFolders() { return part(pairs) }
    if [nil, .list].contains(options.layout), let list = list(in: directory, split) {
      return part(list: list)
    }
    if options.layout == .list {
      throw FoveaError(
        path: directory, reason: "holds no list of pictures and their classes",
        hint: "name the list with --labels", status: .badData)
    }
    if options.layout != .folders {
      if hasMasksBeside(directory) { return part((directory, directory)) }
      if options.layout == .pairs {
        throw FoveaError(
          path: directory, reason: "holds no images/ beside masks/",
          hint: "the layout 'pairs' is images/ beside masks/, labels/ or annotations/", status: .badData)
      }
      try refuseFolders(split)
    }
    return .folders(directory, options)
  }

  /// Throws where sub-folders are no classes by what else is there.
  private func refuseFolders(_ split: DatasetSplit?) throws(FoveaError) {
    let folders = subfolders(directory)
    let hint =
      "masks lie in masks/, labels/ or annotations/ beside images/; "
      + "say --layout folders where these folders are classes"
    let above = split == nil ? [] : [FileSystem.folder(of: directory)]
    for place in [directory] + above {
      let file = FileSystem.join(place, "labels.json")
      guard FileSystem.exists(file), (try? LabelSet(file: file))?.tellsOfMasks == true else { continue }
      throw FoveaError(
        path: directory,
        reason: "has a label set of masks, \(file), and no folders of images and masks: "
          + Self.list(folders), hint: hint, status: .badData)
    }
    guard folders.count != 2 || !(options.expectsMasks || folders.contains(where: Self.isOfMasks)) else {
      let why = options.expectsMasks ? "the model is a segmenter" : "one folder is called as masks are"
      throw FoveaError(
        path: directory,
        reason: "\(why), and these are no folders of images and masks: \(Self.list(folders))", hint: hint,
        status: .badData)
    }
    let splits = Set(folders.compactMap(DatasetSplit.init(name:)))
    guard split != nil || splits.isEmpty || splits.count < 2 && folders.count > splits.count else {
      throw FoveaError(
        path: directory, reason: "is in parts, \(Self.list(folders)), that hold no folders of classes",
        hint: "a class is a folder in train/; or name a list of pictures and classes with --labels",
        status: .badData)
    }
  }

  /// The names that folders of masks have.
  private static let maskFolders = ["masks", "labels", "annotations", "segmentationclass", "gtfine"]

  /// True for folders that are called as those of masks, or with that behind: train_masks.
  private static func isOfMasks(_ name: String) -> Bool {
    let name = name.lowercased()
    return maskFolders.contains(name) || ["mask", "gt"].contains(name)
      || ["_mask", "_masks", "_labels", "_annotations", "annot"].contains(where: name.hasSuffix)
  }

  /// "a, b, c".
  static func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }

  /// The sub-folders that are parts by their names. Throws where two are one part.
  private func named(in folder: String) throws(FoveaError) -> [(split: DatasetSplit, name: String)] {
    var found: [(split: DatasetSplit, name: String)] = []
    for name in subfolders(folder) {
      guard let split = DatasetSplit(name: name) else { continue }
      if let other = found.first(where: { $0.split == split }) {
        throw FoveaError(
          path: folder,
          reason: "holds \(other.name)/ and \(name)/, which are both its part \(split.rawValue)",
          hint: "leave one of them, or name the folder that is meant", status: .badData)
      }
      found.append((split, name))
    }
    return found
  }

  /// The names of the folders in a folder.
  private func subfolders(_ folder: String) -> [String] {
    ((try? FileSystem.names(in: folder)) ?? []).filter {
      FileSystem.isDirectory(FileSystem.join(folder, $0))
    }
  }
}

// Lists of pictures with their classes.
extension DatasetFinder {
  /// The lists of parts that lie in the folder itself: train.csv and the like.
  private func lists(_ splits: [DatasetSplit]) -> [String] {
    guard [nil, .list].contains(options.layout) else { return [] }
    return splits.flatMap { split in
      split.names.flatMap { name in [name, "\(name)_labels", "\(name)_annotations"].map { ($0, name) } }
        .compactMap { stem, name in
          list(stem, [directory, FileSystem.join(directory, name), FileSystem.join(directory, "images")])
        }
    }
  }

  /// The list in a folder that is the whole, or a part.
  private func list(in folder: String, _ split: DatasetSplit?) -> String? {
    let names = split.map { $0.names.flatMap { [$0, "\($0)_labels", "\($0)_annotations"] } } ?? []
    for stem in ["labels", "annotations"] + names {
      let file = DatasetFinder(folder, options).list(stem, [folder, FileSystem.join(folder, "images")])
      if let file { return file }
    }
    return nil
  }

  /// A list by its name without its ending, if it is one: its first line has a picture that is there.
  private func list(_ stem: String, _ bases: [String]) -> String? {
    for ending in ["csv", "tsv", "txt"] {
      let file = FileSystem.join(directory, "\(stem).\(ending)")
      if FileSystem.exists(file), (try? PictureList(file, bases: bases))?.rows.isEmpty == false {
        return file
      }
    }
    return nil
  }
}

// Pictures beside their masks.
extension DatasetFinder {
  /// The folders of pictures and of masks that lie side by side; nil where there are none.
  ///
  /// Throws where several would do, or the one of masks holds no pictures.
  private func maskFolders() throws(FoveaError) -> (images: String, masks: String)? {
    guard [nil, .pairs].contains(options.layout) else { return nil }
    let folders = subfolders(directory)
    func called(_ names: [String]) -> [String] { folders.filter { names.contains($0.lowercased()) } }
    let images = called(["images", "jpegimages", "leftimg8bit"])
    let named = called(Self.maskFolders)
    guard !images.isEmpty, !named.isEmpty else { return nil }
    let masks = named.filter { FileSystem.holdsImages(below: FileSystem.join(directory, $0)) }
    guard !masks.isEmpty else {
      throw FoveaError(
        path: directory, reason: "holds \(Self.list(images + named)), and no PNG in \(Self.list(named))",
        hint:
          "masks are PNG files of ids or of a label set's colors; say --layout folders where these folders "
          + "are classes", status: .badData)
    }
    guard images.count == 1, masks.count == 1 else {
      throw FoveaError(
        path: directory,
        reason: "it is not plain which are its masks: it holds \(Self.list(images + masks))",
        hint: "leave one folder of images and one of masks", status: .badData)
    }
    return (FileSystem.join(directory, images[0]), FileSystem.join(directory, masks[0]))
  }

  private func part(_ pairs: (images: String, masks: String), list: String? = nil) -> DatasetPart {
    DatasetPart(
      directory: directory, source: .pairs(images: pairs.images, masks: pairs.masks, list: list),
      options: options)
  }

  /// The parts of pictures and masks: folders of the same part in both, or lists of their names.
  private func parts(
    of pairs: (images: String, masks: String)
  ) throws(FoveaError) -> [DatasetSplit: DatasetPart] {
    var parts: [DatasetSplit: DatasetPart] = [:]
    let masks = try named(in: pairs.masks)
    for (split, name) in try named(in: pairs.images) {
      guard let other = masks.first(where: { $0.split == split }) else { continue }
      parts[split] = part(
        (FileSystem.join(pairs.images, name), FileSystem.join(pairs.masks, other.name)))
    }
    guard parts.isEmpty else { return parts }
    for folder in ["ImageSets/Segmentation", "ImageSets", ""] {
      for split in DatasetSplit.allCases {
        for name in split.names + (split == .training ? ["trainval"] : []) where parts[split] == nil {
          let list = FileSystem.join(FileSystem.join(directory, folder), "\(name).txt")
          if FileSystem.exists(list) { parts[split] = part(pairs, list: list) }
        }
      }
      if !parts.isEmpty { return parts }
    }
    return parts
  }

  /// True where masks lie among their pictures, known by what their names have behind.
  private func hasMasksBeside(_ folder: String) -> Bool {
    guard [nil, .pairs].contains(options.layout), let names = try? FileSystem.names(in: folder) else {
      return false
    }
    let files = names.filter(FileSystem.hasImageEnding)
    return !MaskNames(suffix: options.maskSuffix).apart(files).masks.isEmpty
  }
}
