/// Guesses what was meant by a name that is not known.
package enum Suggestion {
    /// The known name that is nearest, if one is near at all.
    package static func nearest(to name: String, among known: [String]) -> String? {
        let name = Array(name.lowercased().utf8.prefix(64).map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 })
        let bound = max(1, name.count / 3)
        let ranked = known.map { (name: $0, distance: distance(name, Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= bound else { return nil }
        return best.name
    }

    /// How many letters must be put in, taken out, changed or swapped with their neighbour to get from one name to the
    /// other (optimal string alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
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
}
