/// An ordered list of rules that turn a checkpoint's names into a graph's parameter names.
///
/// A pattern is written as the name looks: `{word}` stands for one component between dots and `{word*}` for
/// the rest of the name, dots included; in the replacement they stand for what they matched.
/// ```swift
/// let map = KeyMap([
///   .drop("{layer*}.num_batches_tracked"),
///   .rename("backbone.stages.{stage}.op_list.{block}.{rest*}", to: "stages.{stage}.blocks.{block}.{rest}"),
/// ])
/// ```
/// The first rule that matches a name decides; a name that none matches stays as it is.
public struct KeyMap: Sendable {
  /// One line of a map.
  public struct Rule: Sendable {
    fileprivate let pattern: KeyPattern
    fileprivate let replacement: KeyPattern?

    /// Gives names that match `pattern` the name `replacement`.
    ///
    /// - Precondition: every capture of `replacement` is one of `pattern`.
    public static func rename(_ pattern: String, to replacement: String) -> Rule {
      let (pattern, replacement) = (KeyPattern(pattern), KeyPattern(replacement))
      let unknown = replacement.captures.subtracting(pattern.captures)
      precondition(unknown.isEmpty, "key rule: expected captures of the pattern, got \(unknown.sorted())")
      return Rule(pattern: pattern, replacement: replacement)
    }

    /// Leaves names that match `pattern` out: what they hold is derived, or means nothing here.
    public static func drop(_ pattern: String) -> Rule {
      Rule(pattern: KeyPattern(pattern), replacement: nil)
    }
  }

  private let rules: [Rule]

  /// A map of `rules`, tried in order; of none by default, which keeps every name.
  public init(_ rules: [Rule] = []) {
    self.rules = rules
  }

  /// The parameter name for a checkpoint's `name`, or `nil` where it is left out.
  ///
  /// - Complexity: O(rules · length of the name).
  public func callAsFunction(_ name: String) -> String? {
    for rule in rules {
      guard let captures = rule.pattern.match(name) else { continue }
      return rule.replacement?.filled(with: captures)
    }
    return name
  }

  /// The checkpoint name behind each parameter name, for all `names` that are not left out.
  ///
  /// - Throws: `WeightsError.namesCollide` where two names become one.
  public func parameterNames(
    of names: some Sequence<String>
  ) throws(WeightsError) -> [String: String] {
    var result: [String: String] = [:]
    for name in names {
      guard let parameter = self(name) else { continue }
      if let first = result.updateValue(name, forKey: parameter) {
        throw .namesCollide(first: first, second: name, name: parameter)
      }
    }
    return result
  }
}
