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
      } else if argument.utf8.first == UInt8(ascii: "@") {
        isSeveral = true
        appendList(String(Substring(argument.utf8.dropFirst())))
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
      var left = LeftOut()
      let found = try FileSystem.images(below: path, leftOut: &left)
      leftOut.add(left)
      if !found.isEmpty { untold.add(left) }
      guard !found.isEmpty else {
        throw FoveaError(
          path: path,
          reason: "no PNG or JPEG image in this directory\(left.line.map { "; \($0)" } ?? "")",
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
      let lines = try FileSystem.bytes(of: path).split(separator: UInt8(ascii: "\n"))
        .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        .filter { !$0.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }
      guard !lines.isEmpty else {
        throw FoveaError(path: path, reason: "the list names no files", status: .cannotOpen)
      }
      for line in lines {
        if let name = String(validating: line, as: UTF8.self) {
          appendPath(name)
        } else {
          entries.append(.failure(Self.strange(Escaped.bytes(Array(line)))))
        }
      }
    } catch {
      entries.append(.failure(error))
    }
  }

  /// The error of a name that no text can hold.
  static func strange(_ name: String) -> FoveaError {
    FoveaError(
      path: name, reason: "this name is not UTF-8",
      hint: "rename it, or give its bytes on standard input: - < FILE",
      status: .cannotOpen)
  }
}
