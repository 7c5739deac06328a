import ArgumentParser
import Fovea

/// A height and a width, written HxW: height first.
struct ImageSize: ExpressibleByArgument, Hashable {
  var height: Int
  var width: Int

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }.filter { (1...100_000).contains($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
    self.init(height: numbers[0], width: numbers.count == 2 ? numbers[1] : numbers[0])
  }
}

/// A pixel of the photo, written X,Y: column first.
struct PixelPosition: ExpressibleByArgument, Hashable {
  var x: Int
  var y: Int

  init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }

  init?(argument: String) {
    let numbers = wholeNumbers(argument)
    guard numbers.count == 2 else { return nil }
    (x, y) = (numbers[0], numbers[1])
  }
}

/// A point of a prompt, X,Y or X,Y,0 for background: column first.
extension PromptPoint: ExpressibleByArgument {
  /// A point as it is written on the command line.
  public init?(argument: String) {
    let numbers = wholeNumbers(argument)
    guard (2...3).contains(numbers.count), numbers.count == 2 || numbers[2] <= 1 else { return nil }
    self.init(
      x: Float(numbers[0]), y: Float(numbers[1]), isForeground: numbers.count == 2 || numbers[2] == 1)
  }
}

/// A box of a prompt, X0,Y0,X1,Y1: columns first.
extension PromptBox: ExpressibleByArgument {
  /// A box as it is written on the command line.
  public init?(argument: String) {
    let numbers = wholeNumbers(argument).map(Float.init)
    guard numbers.count == 4 else { return nil }
    self.init(left: numbers[0], top: numbers[1], right: numbers[2], bottom: numbers[3])
  }
}

/// The numbers between commas, none negative; empty where one is none.
private func wholeNumbers(_ text: String) -> [Int] {
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  let numbers = parts.compactMap { Int($0) }.filter { (0...1_000_000).contains($0) }
  return numbers.count == parts.count ? numbers : []
}
