import Foundation
import FoveaImage
import FoveaTestSupport
import FoveaWeights

/// A table of tab-separated rows under Fixtures, with or without a line of titles.
func table(_ path: String, titled: Bool) throws -> [[String]] {
  let text = try String(contentsOf: fixtures.appending(path: path), encoding: .utf8)
  let rows = text.split(separator: "\n").map { line in
    line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  }
  return Array(rows.dropFirst(titled ? 1 : 0))
}

/// The file system's path of a fixture.
func fixture(_ path: String) -> String {
  fixtures.appending(path: path).path
}

/// The bytes of a fixture.
func fixtureBytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: fixtures.appending(path: path)))
}

/// What opening a file and reading every tensor of it throws, or `nil`.
func failure(_ open: () throws(WeightsError) -> Checkpoint) -> WeightsError? {
  do {
    let checkpoint = try open()
    for entry in checkpoint.entries { _ = try checkpoint.floats(of: entry.name) }
    return nil
  } catch { return error }
}

/// The SHA-256 digest of floats as they lie in memory.
func digest(_ floats: [Float]) -> String {
  var digest = SHA256()
  floats.withUnsafeBytes { digest.update($0) }
  return digest.hexadecimal()
}
