import Fovea

extension InputSet {
  /// Expands files, directories (searched through, sorted), `@list` files and `-`.
  ///
  /// A directory without images, or a list that cannot be read, is an entry with its error. Throws only what is
  /// wrong with the arguments themselves.
  init(_ arguments: [String]) throws(FoveaError) {
    if arguments.filter({ $0 == "-" }).count > 1 {
      throw FoveaError(path: "-", reason: "standard input can be read only once", status: .usage)
    }
    entries = []
    isSeveral = arguments.count > 1
    for argument in arguments {
      if argument == "-" {
        entries.append(.success(.standardInput))
      } else if argument.hasPrefix("@") {
        isSeveral = true
        appendList(String(argument.dropFirst()))
      } else {
        isSeveral = FileSystem.isDirectory(argument) || isSeveral
        appendPath(argument)
      }
    }
  }

  /// A file, or everything that looks like an image below a directory.
  private mutating func appendPath(_ path: String) {
    guard FileSystem.isDirectory(path) else {
      entries.append(
        .success(InputFile(path: path, relativePath: FileSystem.name(of: path), origin: .file)))
      return
    }
    do throws(FoveaError) {
      let found = try FileSystem.images(below: path)
      guard !found.isEmpty else {
        throw FoveaError(
          path: path, reason: "no PNG or JPEG image in this directory",
          hint: "it was searched through; images are known by their ending or their first bytes",
          status: .cannotOpen)
      }
      entries += found.map { relative in
        let file = FileSystem.join(path, relative)
        return .success(InputFile(path: file, relativePath: relative, origin: .file))
      }
    } catch {
      entries.append(.failure(error))
    }
  }

  /// The paths in a list file, one a line; empty lines count for nothing.
  private mutating func appendList(_ path: String) {
    do throws(FoveaError) {
      let text = try FileSystem.text(of: path)
      let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
      guard !lines.isEmpty else {
        throw FoveaError(path: path, reason: "the list names no files", status: .cannotOpen)
      }
      for line in lines { appendPath(String(line)) }
    } catch {
      entries.append(.failure(error))
    }
  }
}
