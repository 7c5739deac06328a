import Foundation

/// The repository the tests run in, found from this file: `Tests/` and everything beside it.
public let repositoryRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// `Tests/Fixtures`, the only folder that tests read data from.
public let fixtures = repositoryRoot.appending(path: "Tests/Fixtures")

/// The greatest distance between elements of two arrays; infinite where one is no number, or they differ in length.
public func greatestDistance(_ one: [Float], _ other: [Float]) -> Float {
  guard one.count == other.count else { return .infinity }
  return zip(one, other).reduce(0) { greatest, pair in
    let distance = abs(pair.0 - pair.1)
    return max(greatest, distance.isNaN ? .infinity : distance)
  }
}
