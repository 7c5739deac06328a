/// Pictures whose class is the name of the folder that they lie in.
public struct LabelledFolders: Sendable {
  /// A picture and its class.
  public struct Sample: Sendable, Hashable {
    /// The picture's path.
    public let path: String
    /// The class's position among the logits.
    public let index: Int
  }

  /// All pictures, folder by folder, in sorted order.
  public let samples: [Sample]
  /// How folders were matched, where it was not by name.
  public let note: String?

  /// Looks through a folder of one sub-folder a class.
  ///
  /// Sub-folders are matched by label (or WordNet id), else in sorted order where the counts agree. Throws with
  /// status `badData` where neither works, `cannotOpen` where there are no pictures.
  public init(_ directory: String, labels: [String], synsets: [String?] = []) throws(FoveaError) {
    let folders = try FileSystem.names(in: directory)
      .filter { FileSystem.isDirectory(FileSystem.join(directory, $0)) }
    let (indices, note) = try Self.matched(folders, labels, synsets, directory)
    self.note = note
    var samples: [Sample] = []
    for (folder, index) in zip(folders, indices) {
      let path = FileSystem.join(directory, folder)
      samples += try FileSystem.images(below: path).map {
        Sample(path: FileSystem.join(path, $0), index: index)
      }
    }
    guard !samples.isEmpty else {
      throw FoveaError(
        path: directory, reason: "no PNG or JPEG image in folders of classes",
        hint: "the layout 'folders' is one sub-folder a class", status: .cannotOpen)
    }
    self.samples = samples
  }

  private static func matched(
    _ folders: [String], _ labels: [String], _ synsets: [String?], _ directory: String
  ) throws(FoveaError) -> (indices: [Int], note: String?) {
    var known: [String: Int] = [:]
    for (index, label) in labels.enumerated() { known[label.lowercased()] = index }
    for (index, synset) in synsets.enumerated() { if let synset { known[synset] = index } }
    let indices = folders.map { known[$0.lowercased().replacing("_", with: " ")] ?? known[$0.lowercased()] }
    if let strangers = folders.indices.first(where: { indices[$0] == nil }) {
      guard folders.count == labels.count else {
        throw FoveaError(
          path: FileSystem.join(directory, folders[strangers]), reason: "is no label of the model",
          hint:
            "its labels are \(labels.prefix(12).joined(separator: ", "))\(labels.count > 12 ? ", …" : "")",
          status: .badData)
      }
      return (
        Array(labels.indices), "folders are taken for the \(labels.count) classes in sorted order"
      )
    }
    return (indices.compactMap { $0 }, nil)
  }
}
