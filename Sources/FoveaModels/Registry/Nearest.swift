/// The candidates that a mistyped word most likely meant, the nearest first.
///
/// Near is at most a third of the word's letters, or one, wrong, missing, added or swapped. O(Σ candidates·word).
package func nearest(to word: String, among candidates: [String]) -> [String] {
  let wanted = Array(word.lowercased())
  let distances = candidates.map { (name: $0, distance: editDistance(wanted, Array($0.lowercased()))) }
  let near = distances.filter { $0.distance <= max(1, max(wanted.count, $0.name.count) / 3) }
  return near.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.map(\.name)
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
