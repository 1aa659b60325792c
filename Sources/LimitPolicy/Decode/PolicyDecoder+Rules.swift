internal import LimitCore

extension PolicyDecoder {
    static let mostRules = 100_000
    /// In all, so that a few aliases cannot make a file come to more than memory holds.
    static let mostLimits = 500_000
    /// Names that answers and counters use for limits that belong to no rule.
    private static let reservedNames = ["everywhere", "inline"]
    private static let ruleKeys = [
        "name", "route", "match", "require", "limits", "exempt", "shadow", "pool", "warm-up", "on-store-failure",
        "algorithm",
    ]

    mutating func decodeEverywhere(_ file: Fields) {
        guard let place = file["everywhere"] else { return }
        model.everywhere = decodeLimits(place, inRule: nil)
        if model.everywhere.count > Bounds.charges {
            problem(place, "has \(model.everywhere.count) limits; a check has at most \(Bounds.charges)")
        }
    }

    mutating func decodeRoutes(_ file: Fields) {
        guard let place = file["routes"], let items = list(place) else { return }
        if items.count > Self.mostRules {
            problem(place, "has \(items.count) rules, more than \(Self.mostRules)")
            return
        }
        var lines: [[UInt8]: Int] = [:]
        var limits = 0
        for item in items {
            guard let rule = decodeRule(item) else { continue }
            if let first = lines.updateValue(rule.place.mark.line, forKey: Array(rule.name.utf8)) {
                problem(
                    rule.place,
                    "the name \"\(quoted(rule.name))\" is taken by line \(first); give one another name"
                )
            }
            model.rules.append(rule)
            limits += rule.limits.count
            if limits > Self.mostLimits {
                problem(item, "brings the limits of the file to more than \(Self.mostLimits)")
                return
            }
        }
    }

    private mutating func decodeRule(_ place: Located) -> RuleModel? {
        if place.node.isNull {
            problem(place, "must be a mapping of keys to values")
            return nil
        }
        guard let fields = fields(place, Self.ruleKeys) else { return nil }
        var rule = RuleModel(name: "**", place: place)
        if let route = fields["route"] {
            rule.route = name(route, atMost: Bounds.route)
            rule.name = rule.route ?? rule.name
        }
        if let name = fields["name"] { decodeName(name, &rule) }
        decodeMatch(fields, &rule)
        decodeSwitches(fields, &rule)
        if let place = fields["require"] { rule.requirement = decodeRequirement(place) }
        decodeWarmUp(fields, &rule)
        decodeRuleLimits(fields, &rule)
        return rule
    }

    private mutating func decodeName(_ place: Located, _ rule: inout RuleModel) {
        guard let name = name(place, atMost: Bounds.route) else { return }
        if Self.reservedNames.contains(name) { problem(place, "\"\(name)\" is the name of limits that are no rule's") }
        rule.name = name
        rule.place = place
    }

    private mutating func decodeMatch(_ fields: Fields, _ rule: inout RuleModel) {
        guard let place = fields["match"], let entries = entries(place, named: true) else { return }
        if entries.count > Bounds.attributes { problem(place, "has more than \(Bounds.attributes) attributes") }
        for entry in entries {
            var key = entry.value
            key.node.mark = entry.keyMark
            guard isName(entry.name, key, atMost: Bounds.attributeKey), let pattern = text(entry.value),
                isClean(pattern, entry.value, atMost: Bounds.attributeValue)
            else { continue }
            rule.match.append((entry.name, pattern))
        }
    }

    private mutating func decodeSwitches(_ fields: Fields, _ rule: inout RuleModel) {
        if let place = fields["exempt"] { rule.exempt = bool(place) ?? false }
        if let place = fields["shadow"] { rule.shadow = bool(place) ?? false }
        if let place = fields["algorithm"], let algorithm = rateAlgorithm(place) {
            rule.algorithm = Placed(algorithm, place)
        }
        if let place = fields["on-store-failure"],
            let answer = choice(place, StoreFailureAnswer.allCases.map(\.rawValue))
        {
            rule.onStoreFailure = StoreFailureAnswer(rawValue: answer) ?? .local
        }
    }

    /// A tier, a list of tiers, or a mapping with `tier` and `message`.
    private mutating func decodeRequirement(_ place: Located) -> Requirement? {
        guard case .mapping = place.node.content else {
            return decodeTierList(place).map { Requirement(tiers: $0, message: "") }
        }
        guard let fields = fields(place, ["tier", "message"]) else { return nil }
        let words = fields["message"].map { message($0) } ?? ""
        guard let tiers = fields["tier"] else {
            problem(place, "needs a tier")
            return nil
        }
        return decodeTierList(tiers).map { Requirement(tiers: $0, message: words) }
    }

    private mutating func decodeTierList(_ place: Located) -> [Int]? {
        guard let items = list(place) else { return nil }
        if items.isEmpty { problem(place, "names no tier, so that no client could call") }
        return items.compactMap { tier($0) }
    }

    private mutating func decodeWarmUp(_ fields: Fields, _ rule: inout RuleModel) {
        if let place = fields["pool"] { rule.pool = name(place, atMost: PolicyDecoder.longestPool) }
        guard let place = fields["warm-up"],
            let warmUp = self.fields(place, ["factor", "minimum", "ramp"])
        else { return }
        let factor = warmUp["factor"].flatMap { millionths($0, atMost: 1) }
        let ramp = warmUp["ramp"].flatMap { duration($0) }
        let minimum = warmUp["minimum"].flatMap { wholeNumber($0, 0...Amount.max) } ?? 1
        if warmUp["factor"] == nil { problem(place, "needs a factor") }
        if warmUp["ramp"] == nil { problem(place, "needs a ramp") }
        guard fields["pool"] != nil else {
            problem(place, "needs a pool: beside it, the name that replicas report under")
            return
        }
        guard let pool = rule.pool, let factor, let ramp else { return }
        rule.warmUp = WarmUp(pool: pool, factor: factor, minimum: minimum, ramp: ramp)
    }

    private static let longestPool = 128

    private mutating func decodeRuleLimits(_ fields: Fields, _ rule: inout RuleModel) {
        guard let place = fields["limits"] else { return }
        rule.limits = decodeLimits(place, inRule: rule)
        if rule.exempt, !rule.limits.isEmpty { problem(place, "have no effect on a rule that is exempt") }
        let sum = rule.limits.count + model.everywhere.count
        if sum > Bounds.charges, !rule.limits.isEmpty {
            problem(place, "come to \(sum) with those of everywhere; a check has at most \(Bounds.charges)")
        }
    }
}
