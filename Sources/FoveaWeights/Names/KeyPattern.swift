/// A name with captures: literal text, `{word}` for one component and `{word*}` for any number of them.
struct KeyPattern: Sendable {
  private enum Piece: Sendable {
    case literal(Substring)
    case component(Substring)
    case rest(Substring)
  }

  private var pieces: [Piece] = []

  /// Reads a pattern.
  ///
  /// - Precondition: every brace is closed, and no two captures touch.
  init(_ text: String) {
    var remaining = text[...]
    while let open = remaining.firstIndex(of: "{") {
      guard let close = remaining[open...].firstIndex(of: "}") else {
        preconditionFailure("key pattern \(text): expected a closing brace")
      }
      if open > remaining.startIndex { pieces.append(.literal(remaining[..<open])) }
      precondition(
        pieces.isEmpty || open > remaining.startIndex, "key pattern \(text): expected text between captures")
      let word = remaining[remaining.index(after: open)..<close]
      pieces.append(word.hasSuffix("*") ? .rest(word.dropLast()) : .component(word))
      remaining = remaining[remaining.index(after: close)...]
    }
    if !remaining.isEmpty { pieces.append(.literal(remaining)) }
  }

  /// The words that the captures have.
  var captures: Set<Substring> {
    Set(
      pieces.compactMap { piece in
        switch piece {
        case .component(let word), .rest(let word): word
        case .literal: nil
        }
      })
  }

  /// What each capture stands for where the whole of `name` matches, else `nil`.
  ///
  /// A capture takes as little as lets the text behind it match; it is never empty.
  func match(_ name: String) -> [Substring: Substring]? {
    match(name[...], from: 0, [:])
  }

  private func match(
    _ name: Substring, from position: Int, _ captures: [Substring: Substring]
  ) -> [Substring: Substring]? {
    guard position < pieces.count else { return name.isEmpty ? captures : nil }
    switch pieces[position] {
    case .literal(let text):
      guard name.utf8.starts(with: text.utf8) else { return nil }
      return match(
        name[name.utf8.index(name.startIndex, offsetBy: text.utf8.count)...], from: position + 1, captures)
    case .component(let word):
      return match(
        name, capturing: word, upTo: name.utf8.firstIndex(of: UInt8(ascii: ".")) ?? name.endIndex, position,
        captures)
    case .rest(let word):
      return match(name, capturing: word, upTo: name.endIndex, position, captures)
    }
  }

  private func match(
    _ name: Substring, capturing word: Substring, upTo limit: String.Index, _ position: Int,
    _ captures: [Substring: Substring]
  ) -> [Substring: Substring]? {
    guard !name.isEmpty else { return nil }
    if position + 1 == pieces.count {
      return limit == name.endIndex ? captures.merging([word: name]) { $1 } : nil
    }
    var end = name.startIndex
    while end < limit {
      end = name.utf8.index(after: end)
      guard canFollow(name.utf8[end...], at: position + 1) else { continue }
      var extended = captures
      extended[word] = name[..<end]
      if let result = match(name[end...], from: position + 1, extended) { return result }
    }
    return nil
  }

  /// Whether the text behind a capture begins as the next piece does.
  private func canFollow(_ rest: Substring.UTF8View, at position: Int) -> Bool {
    guard case .literal(let text) = pieces[position] else { return true }
    return rest.starts(with: text.utf8)
  }

  /// The pattern's text with each capture replaced by its value.
  func filled(with values: [Substring: Substring]) -> String {
    pieces.reduce(into: "") { result, piece in
      switch piece {
      case .literal(let text): result += text
      case .component(let word), .rest(let word): result += values[word] ?? ""
      }
    }
  }
}
