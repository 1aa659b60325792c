internal import LimitCore

extension PolicyDecoder {
    /// An algorithm by name.
    mutating func algorithm(_ place: Located) -> Algorithm? {
        guard let name = choice(place, Algorithm.allCases.map(\.name)) else { return nil }
        return Algorithm(name: name)
    }

    /// An algorithm that a rate can be counted by.
    mutating func rateAlgorithm(_ place: Located) -> Algorithm? {
        guard let algorithm = algorithm(place) else { return nil }
        if algorithm != .concurrency { return algorithm }
        problem(place, "concurrency counts no rate; write concurrency: with a number of slots on a limit")
        return nil
    }

    /// A tier by name.
    mutating func tier(_ name: String, _ mark: Mark, _ path: PolicyPath) -> Int? {
        if let tier = model.tierIndex[Array(name.utf8)] { return tier }
        let near = Suggestion.nearest(to: name, among: model.tiers.map(\.name))
        let hint = near.map { "; did you mean \(quoted($0))?" } ?? ""
        problem(mark, path, "\"\(quoted(name))\" is not a tier that is named under tiers:\(hint)")
        return nil
    }

    mutating func tier(_ place: Located) -> Int? {
        guard let name = text(place) else { return nil }
        return tier(name, place.mark, place.path)
    }
}
