import FoveaModels

/// The epochs of a training as a table: summary.csv.
enum Summary {
  /// The table, a line an epoch under a line of names.
  static func text(_ records: [EpochRecord], task: ModelTask) -> String {
    let scores = task == .segmentation ? "val_miou,val_pixel_accuracy" : "val_top1,val_top5"
    let names = "epoch,step,rate,train_loss,val_loss,\(scores),images_per_second,seconds"
    let lines = records.map { record in
      [
        "\(record.epoch)", "\(record.step)", number(record.rate, 8), number(record.loss, 5),
        record.validationLoss.map { number($0, 5) } ?? "", record.score.map { number($0, 5) } ?? "",
        record.secondScore.map { number($0, 5) } ?? "", number(record.imagesPerSecond, 1),
        number(record.seconds, 1),
      ].joined(separator: ",")
    }
    return ([names] + lines).joined(separator: "\n") + "\n"
  }

  /// A number with so many digits behind the point at most.
  static func number(_ value: Double, _ digits: Int) -> String {
    var factor = 1.0
    for _ in 0..<digits { factor *= 10 }
    return value.isFinite ? "\((value * factor).rounded() / factor)" : ""
  }
}
