internal import LimitCore

extension PolicyDecoder {
    static let mostTiers = 100
    static let longestMessage = 1_024
    private static let largestMultiplier: Int64 = 1_000_000_000

    mutating func decodeTiers(_ file: Fields) {
        if let place = file["tiers"], let entries = entries(place, named: true) {
            if entries.count > Self.mostTiers { problem(place, "has more than \(Self.mostTiers) tiers") }
            for entry in entries.prefix(Self.mostTiers) {
                let tier = decodeTier(entry)
                model.tierIndex[Array(entry.name.utf8)] = model.tiers.count
                model.tiers.append(tier)
            }
        }
        if let place = file["default-tier"] { model.defaultTier = tier(place) }
    }

    private mutating func decodeTier(_ entry: NamedEntry) -> TierModel {
        var tier = TierModel(name: entry.name)
        var key = entry.value
        key.node.mark = entry.keyMark
        _ = isName(entry.name, key, atMost: Bounds.word)
        guard let fields = fields(entry.value, ["multiplier", "unlimited"]) else { return tier }
        if let place = fields["multiplier"] {
            tier.multiplier = millionths(place, atMost: Self.largestMultiplier) ?? tier.multiplier
        }
        if let place = fields["unlimited"] { tier.unlimited = bool(place) ?? false }
        return tier
    }
}
