import Foundation

/// The repository the tests run in, found from this file: `Tests/` and everything beside it.
public let repositoryRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// `Tests/Fixtures`, the only folder that tests read data from.
public let fixtures = repositoryRoot.appending(path: "Tests/Fixtures")
