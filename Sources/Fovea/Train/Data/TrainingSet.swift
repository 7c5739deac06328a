import FoveaImage
import FoveaModels

/// Labelled pictures to learn from, and what their labels are called.
struct TrainingSet: Sendable {
  /// A picture and its truth.
  struct Sample: Sendable, Hashable {
    /// The picture's path.
    let image: String
    /// The path of its mask, where every pixel has a class.
    let mask: String?
    /// Its class; 0 beside a mask.
    let index: Int
  }

  /// What a sample's truth is.
  let task: ModelTask
  /// All samples, in the order of the folder.
  let samples: [Sample]
  /// The classes' names, in the order of the logits.
  let labels: [String]
  /// The label set, where one was named.
  let labelSet: LabelSet?
  /// Who reads the masks.
  let masks: MaskReader?
  /// How the names of folders, of a list, or of another label set were matched with the classes.
  let alignment: Alignment
  /// The names of folders, or those in a list, and the class of each; none beside masks.
  let names: [(name: String, index: Int)]
  /// What of the folder was not taken.
  let leftOut: LeftOut
  /// The folder that the samples were found in.
  let place: String
  /// How pictures are decoded.
  let decoding: DecodingOptions
  /// True where a picture that cannot be read ends the run.
  let isStrict: Bool

  /// The set with a share of its samples.
  func with(_ samples: [Sample]) -> TrainingSet {
    TrainingSet(
      task: task, samples: samples, labels: labels, labelSet: labelSet, masks: masks, alignment: alignment,
      names: names, leftOut: leftOut, place: place, decoding: decoding, isStrict: isStrict)
  }

  /// A part of the samples put aside, the same ones for a seed: of every class where there are classes.
  func split(part: Double, seed: UInt64) -> (training: TrainingSet, validation: TrainingSet) {
    var numbers = RandomNumbers(seed: seed, name: "split")
    var aside = Set<Int>()
    for members in Dictionary(grouping: samples.indices, by: { samples[$0].index }).sorted(by: {
      $0.key < $1.key
    }) {
      let count = min(members.value.count - 1, max(1, Int((Double(members.value.count) * part).rounded())))
      aside.formUnion(numbers.shuffled(members.value).prefix(max(0, count)))
    }
    return (
      with(samples.indices.filter { !aside.contains($0) }.map { samples[$0] }),
      with(samples.indices.filter(aside.contains).map { samples[$0] })
    )
  }

  /// The SHA-256 of the labels and of the name, the class and the content of every file, by which a run knows its
  /// data again, and which the model states as `data_sha256`. Reads all files once, by several threads.
  ///
  /// `data_sha256` of the models inside the binary is older: it has the files' sizes in place of their contents.
  func digest(below directory: String, threads: Int?) -> String {
    let files = samples.flatMap { sample in
      [sample.image, sample.mask].compactMap { $0 }.map { (path: $0, index: sample.index) }
    }
    let contents = concurrentMap(files.count, threads: threads) { place in
      (try? FileSystem.digest(of: files[place].path)) ?? "unreadable"
    }
    var digest = SHA256()
    digest.update(labelSet?.json ?? Array(labels.joined(separator: "\n").utf8))
    for (file, content) in zip(files, contents) {
      let isBelow = file.path.hasPrefix(directory)
      let name = isBelow ? file.path.dropFirst(directory.count).drop { $0 == "/" } : file.path[...]
      digest.update(Array("\(name)\t\(content)\t\(file.index)\n".utf8))
    }
    return digest.hexadecimal()
  }
}

extension RandomNumbers {
  /// A whole number from 0 to below `count`.
  mutating func index(below count: Int) -> Int { Int(uniform() * Double(count)) }

  /// The elements in a random order (Fisher and Yates).
  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for place in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(place, index(below: place + 1))
    }
    return result
  }

  /// Uniform between two numbers.
  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// True with a probability.
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}
