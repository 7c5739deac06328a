/// Measures a classifier or a segmenter on a data set.
///
/// ```swift
/// let part = try Dataset("test").measured(nil)
/// let score = try Evaluator.classify(LabelledPictures(part, classes: classifier.classes), with: classifier)
/// print(score.top1)
/// ```
public enum Evaluator {
  /// Classifies every labelled picture.
  ///
  /// `progress` is called after each. `failed` is called with the error of a picture that could not be read,
  /// which then counts for nothing; without it the first such error is thrown. A picture one of whose logits is
  /// no number counts as wrong.
  public static func classify(
    _ pictures: LabelledPictures, with classifier: Classifier, images: ImageOptions = .init(),
    progress: () -> Void = {}, failed: ((FoveaError) -> Void)? = nil
  ) throws(FoveaError) -> AccuracyTally {
    var tally = AccuracyTally()
    for sample in pictures.samples {
      do throws(FoveaError) {
        let ranking = try classifier.ranking(of: .file(sample.path), best: 5, images: images)
        tally.add(ranking, truth: sample.index)
      } catch {
        guard let failed else { throw error }
        failed(error)
      }
      progress()
    }
    return tally
  }

  /// Segments every picture of pairs and compares its mask; pictures that cannot be read as in `classify`.
  public static func segment(
    _ pairs: MaskPairs, masks: MaskReader, with segmenter: Segmenter, images: ImageOptions = .init(),
    progress: () -> Void = {}, failed: ((FoveaError) -> Void)? = nil
  ) throws(FoveaError) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classes: segmenter.classCount)
    for pair in pairs.pairs {
      do throws(FoveaError) {
        let truth = try masks.read(pair.mask)
        let answer = try segmenter.segment(.file(pair.image), images: images)
        guard truth.width == answer.width, truth.height == answer.height else {
          throw FoveaError(
            path: pair.mask,
            reason: "is \(truth.width) x \(truth.height), its picture \(answer.width) x \(answer.height)",
            hint: "a mask has its picture's size", status: .badData)
        }
        matrix.add(answer.mask, truth: truth.classes)
      } catch {
        guard let failed else { throw error }
        failed(error)
      }
      progress()
    }
    return matrix
  }
}
