/// The candidate that a mistyped word most likely meant, or nil where none is near.
///
/// Near is at most a third of the word's letters wrong, missing, added or swapped. O(Σ candidates·word).
package func nearest(to word: String, among candidates: [String]) -> String? {
  let wanted = Array(word.lowercased())
  let distances = candidates.map { (name: $0, distance: editDistance(wanted, Array($0.lowercased()))) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, max(wanted.count, best.name.count) / 3) ? best.name : nil
}

/// Damerau's restricted edit distance: insertions, deletions, replacements, and swaps of neighbours.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforeLast[j - 1] + 1)
      }
      row.append(cost)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
