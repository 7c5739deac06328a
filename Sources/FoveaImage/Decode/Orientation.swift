/// The eight ways that a picture may be stored, by EXIF's numbers: what the stored rows must undergo
/// to be upright.
public enum Orientation: Int, Sendable, CaseIterable {
  /// Stored upright.
  case upright = 1
  /// Mirrored left to right.
  case mirrored = 2
  /// Turned by half a turn.
  case halfTurn = 3
  /// Mirrored top to bottom.
  case flipped = 4
  /// Mirrored along the main diagonal.
  case transposed = 5
  /// To be turned by a quarter, clockwise.
  case quarterClockwise = 6
  /// Mirrored along the other diagonal.
  case transverse = 7
  /// To be turned by a quarter, counterclockwise.
  case quarterCounterclockwise = 8

  /// True when stored rows become columns.
  public var swapsAxes: Bool { rawValue >= 5 }

  /// True when the pixels of a stored row come in the opposite order of the upright axis that they lie on.
  var reversesAlongRow: Bool { [2, 3, 7, 8].contains(rawValue) }

  /// True when the stored rows come in the opposite order of the upright axis that they lie across.
  var reversesAcrossRows: Bool { [3, 4, 6, 7].contains(rawValue) }

  /// What is done to the stored picture, in words.
  public var action: String {
    switch self {
    case .upright: "left as it is"
    case .mirrored: "mirrored left to right"
    case .halfTurn: "turned by 180 degrees"
    case .flipped: "mirrored top to bottom"
    case .transposed: "mirrored along the main diagonal"
    case .quarterClockwise: "turned by 90 degrees clockwise"
    case .transverse: "mirrored along the other diagonal"
    case .quarterCounterclockwise: "turned by 90 degrees counterclockwise"
    }
  }
}
