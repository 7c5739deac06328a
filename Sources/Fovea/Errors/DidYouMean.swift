import FoveaModels

/// The question after the name that a mistyped word most likely meant, then what is to be said in any case.
package func didYouMean(
  _ word: String, among names: [String], as form: (String) -> String = { $0 }, then rest: String = ""
) -> String {
  let question = nearest(to: word, among: names).first.map { "did you mean \(form($0))?" }
  return [question, rest.isEmpty ? nil : rest].compactMap(\.self).joined(separator: " ")
}
