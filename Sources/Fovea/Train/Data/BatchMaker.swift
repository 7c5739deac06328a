import FoveaGraph
import FoveaImage
import FoveaModels

/// Fills batches: which samples a step takes, and what is done to each, follow from the seed and the step alone.
struct BatchMaker: Sendable {
  let store: PhotoStore
  let recipe: Recipe
  let shape: Shape
  let normalizer: RowNormalizer
  let meanColor: RGB
  /// The samples of the epoch under way, each once, in its order.
  let order: SampleOrder

  /// Batches of images of a size, [height, width].
  init(_ store: PhotoStore, _ recipe: Recipe, size: [Int], preprocessing: FoveaImage.Preprocessing) {
    (self.store, self.recipe) = (store, recipe)
    shape = Shape(batch: recipe.batch, height: size[0], width: size[1], channels: 3)
    normalizer = RowNormalizer(preprocessing)
    meanColor = preprocessing.meanColor
    order = SampleOrder(samples: store.set.samples.count, batch: recipe.batch, seed: recipe.seed)
  }

  /// An empty batch.
  func batch() -> Batch {
    Batch(shape, hasMasks: store.set.masks != nil, classes: store.set.labels.count)
  }

  /// Fills a batch with a step's samples. Throws where no sample can be read, or none of a class.
  func fill(_ batch: Batch, step: Int) throws(FoveaError) {
    let places = order.samples(of: step)
    let elements = shape.tokens * 3
    for (row, place) in places.enumerated() {
      var numbers = RandomNumbers(seed: recipe.seed, name: "step \(step) sample \(row)")
      let (photo, sample) = try store.photo(place)
      let target = UnsafeMutableBufferPointer(
        rebasing: batch.images[row * elements..<(row + 1) * elements])
      if store.set.masks == nil {
        batch.ids[row] = Int32(sample.index)
        normalize(classified(photo.image, &numbers), into: target)
      } else {
        let ids = UnsafeMutableBufferPointer(
          rebasing: batch.ids[row * shape.tokens..<(row + 1) * shape.tokens])
        normalize(segmented(photo, ids: ids, &numbers), into: target)
      }
    }
    mix(batch, step: step)
  }

  /// Random windows of a sample with a mask, the same ones every time; none of one that cannot be read.
  func windows(of place: Int, count: Int) throws(FoveaError) -> [PhotoView] {
    let (photo, sample) = try store.photo(place)
    guard sample == store.set.samples[place] else { return [] }
    return (0..<count).map { number in
      var numbers = RandomNumbers(seed: recipe.seed, name: "sample \(place) window \(number)")
      var ids = [Int32](repeating: -1, count: shape.tokens)
      let image = ids.withUnsafeMutableBufferPointer { segmented(photo, ids: $0, &numbers) }
      return PhotoView(image: image, ids: ids)
    }
  }

  /// A photo of a class: a random part, mirrored, with other colours.
  private func classified(_ photo: Image, _ numbers: inout RandomNumbers) -> Image {
    let augment = recipe.augment
    let crop = CropDraw(
      ofArea: augment.scale[0]...augment.scale[1], ratio: augment.ratio[0]...augment.ratio[1], photo: photo,
      width: shape.width, height: shape.height, mirrors: augment.flip, &numbers)
    var image = crop.image(photo)
    if augment.operations > 0 {
      RandomOperations(count: augment.operations, magnitude: augment.magnitude, &numbers)
        .apply(to: &image, fill: meanColor)
    }
    if augment.color > 0 { ColorJitter(strength: augment.color, &numbers).apply(to: &image) }
    if numbers.chance(augment.erase) { erase(&image, &numbers) }
    return image
  }

  /// A photo with a mask: a window at a random scale, mirrored, with other colours.
  private func segmented(
    _ photo: TrainingPhoto, ids: UnsafeMutableBufferPointer<Int32>, _ numbers: inout RandomNumbers
  ) -> Image {
    let augment = recipe.augment
    let crop = CropDraw(
      ofScale: augment.scale[0]...augment.scale[1], photo: photo.image, width: shape.width,
      height: shape.height, mirrors: augment.flip, fill: meanColor, &numbers)
    var image = crop.image(photo.image)
    if augment.operations > 0 {
      RandomOperations(
        of: RandomOperations.Kind.inPlace, count: augment.operations, magnitude: augment.magnitude, &numbers
      ).apply(to: &image, fill: meanColor)
    }
    if augment.color > 0 { ColorJitter(strength: augment.color, &numbers).apply(to: &image) }
    crop.ids(photo.mask, into: ids)
    return image
  }

  /// Fills a rectangle of a fiftieth to a third of the picture (Zhong et al., "Random Erasing", 2020).
  private func erase(_ image: inout Image, _ numbers: inout RandomNumbers) {
    let side = numbers.uniform(0.02...0.33).squareRoot()
    let (width, height) = (Int(side * Double(image.width)), Int(side * Double(image.height)))
    let x = numbers.index(below: image.width - width + 1)
    image.fill(
      x: x, y: numbers.index(below: image.height - height + 1), width: width, height: height, meanColor)
  }

  private func normalize(_ image: Image, into target: UnsafeMutableBufferPointer<Float>) {
    image.pixels.withUnsafeBufferPointer { normalizer.normalize($0, into: target) }
  }

  private func mix(_ batch: Batch, step: Int) {
    batch.isMixed = false
    let hasMasks = store.set.masks != nil
    var numbers = RandomNumbers(seed: recipe.seed, name: "step \(step) mixing")
    let mixing = Mixing(
      blend: hasMasks ? 0 : recipe.mixup, exchange: recipe.cutmix, height: shape.height, width: shape.width,
      &numbers)
    guard let mixing else { return }
    mixing.apply(to: batch.images, batch: shape.batch, height: shape.height, width: shape.width)
    guard !hasMasks else { return mixing.apply(to: batch.ids, batch: shape.batch, width: shape.width) }
    mixing.targets(of: batch.ids, into: batch.targets)
    batch.isMixed = true
  }
}
