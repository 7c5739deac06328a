private struct GroupFields: Encodable {
  struct FirstPass: Encodable {
    let attention: Int
    let recomputed: [Int]
  }

  let group: Int
  let form: String
  let members: [Int]
  let strip: [Int]
  let firstPasses: [FirstPass]
  let paths: [String]
}

private struct JoinFields: Encodable {
  let join: Int
  let parts: [Int]
  let isWrittenInPlace: Bool
}

extension Schedule {
  /// A line for every group, then one for every joined map.
  func lines(of program: Program) -> [PassLine] {
    groups.map { group in
      PassLine(
        group.text(program),
        GroupFields(
          group: group.id.index, form: group.form.name, members: group.members.map(\.index),
          strip: group.strip.map(\.index),
          firstPasses: group.firstPasses.map {
            GroupFields.FirstPass(attention: $0.attention.index, recomputed: $0.recomputed.map(\.index))
          }, paths: group.members.map { program[$0].path }))
    }
      + joins.map { join in
        let parts = join.parts.map(\.map.node)
        let names = parts.map { "m\($0)" }.joined(separator: " | ")
        return PassLine(
          "\(names) joined for \(program[join.reader].path), "
            + (join.isWrittenInPlace ? "each written to its place" : "copied together"),
          JoinFields(join: join.reader.index, parts: parts, isWrittenInPlace: join.isWrittenInPlace))
      }
  }
}

extension Group {
  /// `3 strips of 4: stem.0, stem.1, …`.
  fileprivate func text(_ program: Program) -> String {
    let names = members.map { "\(program[$0].kind) \(program[$0].path)" }.joined(separator: ", ")
    let sums = firstPasses.map { pass in
      pass.recomputed.isEmpty
        ? "; sums of \(program[pass.attention].path) first"
        : "; sums of \(program[pass.attention].path) first, from \(pass.recomputed.count) computed twice"
    }
    return "\(id.index) \(form.name) of \(members.count): \(names)" + sums.joined()
  }
}

extension Group.Form {
  fileprivate var name: String {
    switch self {
    case .whole: "whole"
    case .strips: "strips"
    case .arrivingStrips: "strips as rows arrive"
    }
  }
}
