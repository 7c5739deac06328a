import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaModels

/// A picture as a network sees it, and what is true of it.
struct PhotoView: Sendable {
  /// The input, 8-bit.
  let image: Image
  /// Its class, or that of each pixel; -1 where there is none.
  let ids: [Int32]
}

/// The views of pictures that features are computed of, as many of each.
struct PhotoViews: Sendable {
  /// Views of a picture.
  let count: Int
  /// Ids of a view.
  let idCount: Int
  /// The views' size, and how they are normalised.
  let preprocessing: FoveaImage.Preprocessing
  /// The views of a sample; none where it cannot be read, which was told before.
  private let views: @Sendable (Int) throws(FoveaError) -> [PhotoView]

  /// A picture of a class as for an answer, and mirrored besides.
  init(of set: TrainingSet, preprocessing: FoveaImage.Preprocessing, mirrors: Bool) {
    (count, idCount, self.preprocessing) = (mirrors ? 2 : 1, 1, preprocessing)
    views = { (place) throws(FoveaError) in
      let sample = set.samples[place]
      var image: Image
      do throws(ImageError) {
        image = try preprocessing.prepare(.file(sample.image), options: set.decoding).image
      } catch {
        throw FoveaError(error, path: sample.image)
      }
      let upright = PhotoView(image: image, ids: [Int32(sample.index)])
      guard mirrors else { return [upright] }
      image.mirror()
      return [upright, PhotoView(image: image, ids: upright.ids)]
    }
  }

  /// Random windows of a picture with a mask, as steps see them.
  init(windowsOf maker: BatchMaker, preprocessing: FoveaImage.Preprocessing, count: Int) {
    (self.count, idCount) = (count, maker.shape.tokens)
    var preprocessing = preprocessing
    (preprocessing.height, preprocessing.width) = (maker.shape.height, maker.shape.width)
    self.preprocessing = preprocessing
    views = { (place) throws(FoveaError) in try maker.windows(of: place, count: count) }
  }

  /// The views of those of some samples that can be read, by several threads.
  func read(
    _ range: Range<Int>, threads: Int?, failed: (FoveaError) -> Void
  ) -> (places: [Int], views: [PhotoView]) {
    let results = concurrentMap(range.count, threads: threads) { index in
      Result { () throws(FoveaError) -> [PhotoView] in try views(range.lowerBound + index) }
    }
    var (places, seen): ([Int], [PhotoView]) = ([], [])
    for (place, result) in zip(range, results) {
      switch result {
      case .success(let views):
        if !views.isEmpty { places.append(place) }
        seen += views
      case .failure(let error): failed(error)
      }
    }
    return (places, seen)
  }

  /// Views, normalised, as a batch.
  func map(_ views: [PhotoView]) -> FeatureMap {
    let shape = Shape(
      batch: views.count, height: preprocessing.height, width: preprocessing.width, channels: 3)
    var map = FeatureMap(zeros: shape)
    let size = shape.tokens * 3
    map.values.withUnsafeMutableBufferPointer { values in
      for (index, view) in views.enumerated() {
        preprocessing.normalize(
          view.image, into: UnsafeMutableBufferPointer(rebasing: values[index * size..<(index + 1) * size]))
      }
    }
    return map
  }
}
