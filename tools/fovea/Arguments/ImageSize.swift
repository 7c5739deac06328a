import ArgumentParser

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
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }.filter { $0 >= 0 }
    guard parts.count == 2, numbers.count == 2 else { return nil }
    (x, y) = (numbers[0], numbers[1])
  }
}
