/// Pictures whose classes are told by their folders' names, or by a list.
public struct LabelledPictures: Sendable {
  /// A picture and its class.
  public struct Sample: Sendable, Hashable {
    /// The picture's path.
    public let path: String
    /// The class's position among the logits.
    public let index: Int
  }

  /// All pictures: folder by folder, in sorted order, or in that of the list.
  public let samples: [Sample]
  /// How the names of folders, or those in the list, were matched with the classes.
  public let alignment: Alignment
  /// What of the folder was not taken.
  public let leftOut: LeftOut
  /// The names, and the class of each.
  let names: [(name: String, index: Int)]

  /// The pictures of a part, with classes that are known.
  ///
  /// Names are matched by WordNet id, to the letter, or but for case and underscores where that is plain; numbers
  /// that are no labels are positions. As many names as classes, none of which is any label, are taken in sorted
  /// order, unless the data set's options are strict. Throws with status `badData` where a name is no class, and
  /// `cannotOpen` where there are no pictures.
  public init(_ part: DatasetPart, classes: ClassNames) throws(FoveaError) {
    try self.init(NamedPictures(part).withoutEmpty, classes, takesOrder: !part.options.isStrict)
  }

  /// The same of pictures whose names are known.
  init(_ named: NamedPictures, _ classes: ClassNames, takesOrder: Bool) throws(FoveaError) {
    let matching = try ClassMatching(
      named.names, classes, takesOrder: takesOrder && named.isFolders, at: named.place)
    names = Array(zip(named.names, matching.indices).map { ($0, $1) })
    samples = named.pictures.map { Sample(path: $0.path, index: matching.indices[$0.name]) }
    (alignment, leftOut) = (matching.alignment, named.leftOut)
  }
}

/// Pictures with the names of their classes, before it is known which these are.
struct NamedPictures {
  /// The names, sorted by their bytes.
  let names: [String]
  /// The pictures, each with the position of its name.
  let pictures: [(path: String, name: Int)]
  let leftOut: LeftOut
  /// True where names are those of folders.
  let isFolders: Bool
  private let directory: String

  /// Where a name was found.
  func place(_ name: String) -> String {
    isFolders ? FileSystem.join(directory, name) : "\(directory): \(name)"
  }

  /// Looks through a part's folders, or reads its list. Throws with status `cannotOpen` where there is no picture.
  init(_ part: DatasetPart) throws(FoveaError) {
    switch part.source {
    case .list(let file, let bases, let isOnly): try self.init(list: file, bases, isOnly: isOnly)
    default: try self.init(folders: part.directory)
    }
  }

  /// The same without folders that hold no picture, which are left out.
  var withoutEmpty: NamedPictures {
    let held = Set(pictures.map(\.name))
    let kept = names.indices.filter(held.contains)
    let places = Dictionary(kept.enumerated().map { ($1, $0) }) { $1 }
    var leftOut = leftOut
    for place in names.indices where !held.contains(place) {
      leftOut.add(.emptyFolder, self.place(names[place]))
    }
    return NamedPictures(
      names: kept.map { names[$0] }, pictures: pictures.map { ($0.path, places[$0.name] ?? 0) },
      leftOut: leftOut, isFolders: isFolders, directory: directory)
  }

  private init(
    names: [String], pictures: [(path: String, name: Int)], leftOut: LeftOut, isFolders: Bool,
    directory: String
  ) {
    (self.names, self.pictures, self.leftOut) = (names, pictures, leftOut)
    (self.isFolders, self.directory) = (isFolders, directory)
  }

  private init(folders directory: String) throws(FoveaError) {
    var leftOut = LeftOut()
    var found: [(name: String, files: [String])] = []
    var here = LeftOut()
    for name in try FileSystem.names(in: directory, leftOut: &here) {
      let path = FileSystem.join(directory, name)
      guard FileSystem.isDirectory(path) else {
        if FileSystem.hasImageEnding(name) { leftOut.add(.unlabelledImage, path) }
        continue
      }
      var inside = LeftOut()
      guard let files = try? FileSystem.images(below: path, leftOut: &inside) else {
        leftOut.add(.unreadableFolder, path)
        continue
      }
      leftOut.add(inside, below: path)
      found.append((name, files.map { FileSystem.join(path, $0) }))
    }
    leftOut.add(here, below: directory)
    guard found.contains(where: { !$0.files.isEmpty }) else {
      throw FoveaError(
        path: directory, reason: "no PNG or JPEG image in folders of classes",
        hint: "the layout 'folders' is one sub-folder a class", status: .cannotOpen)
    }
    (names, self.leftOut, isFolders, self.directory) = (found.map(\.name), leftOut, true, directory)
    pictures = found.enumerated().flatMap { place, folder in folder.files.map { ($0, place) } }
  }

  private init(list file: String, _ bases: [String], isOnly: Bool) throws(FoveaError) {
    let list = try PictureList(file, bases: bases)
    guard !list.rows.isEmpty else {
      throw FoveaError(
        path: file,
        reason: "names no picture that is there"
          + (list.missing.first.map { ", not \($0)" } ?? ""),
        hint: "paths count from the list's folder, or from the data set's", status: .cannotOpen)
    }
    var leftOut = LeftOut()
    for name in list.missing { leftOut.add(.missingImage, "\(file): \(name)") }
    let labels = Set(list.rows.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let places = Dictionary(labels.enumerated().map { ($1, $0) }) { $1 }
    let folders = Set(list.rows.map { FileSystem.folder(of: $0.path) })
    let listed = Set(list.rows.map { FileSystem.canonical($0.path) })
    for folder in folders.sorted() where isOnly {
      for name in (try? FileSystem.names(in: folder)) ?? [] where FileSystem.hasImageEnding(name) {
        let path = FileSystem.join(folder, name)
        if !listed.contains(FileSystem.canonical(path)) { leftOut.add(.unlabelledImage, path) }
      }
    }
    (names, self.leftOut, isFolders, directory) = (labels, leftOut, false, file)
    pictures = list.rows.map { ($0.path, places[$0.label] ?? 0) }
  }
}
