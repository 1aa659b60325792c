internal import LimitCore

extension PolicyDecoder {
    private static let limitKeys = [
        "name", "rate", "concurrency", "lease", "algorithm", "burst", "per", "tiers", "shadow", "overdraft", "max-log",
        "local-share",
    ]
    /// How long a slot is held where a limit does not say: long enough for a slow answer, short enough to wait for.
    static let defaultLease: Microseconds = 60 * 1_000_000

    /// Reads limits: texts of the rate notation, which may hold several, and mappings.
    mutating func decodeLimits(_ place: Located, inRule rule: RuleModel?) -> [LimitModel] {
        guard let items = list(place) else { return [] }
        var limits: [LimitModel] = []
        for item in items {
            switch item.node.content {
            case .scalar: limits += decodeRates(item, rule)
            case .mapping: if let limit = decodeLimit(item, rule) { limits.append(limit) }
            case .sequence: problem(item, "must be a rate such as 10 per minute, or a mapping")
            }
        }
        refuseSameNames(limits)
        return limits
    }

    private mutating func decodeRates(_ place: Located, _ rule: RuleModel?) -> [LimitModel] {
        guard let text = text(place) else { return [] }
        do throws(RateProblem) {
            let limits = try Rate.parseList(text).map { limit(for: .rate($0), place, place, nil, rule) }
            for limit in limits { checkSize(limit) }
            return limits
        } catch {
            problem(place, error.description)
            return []
        }
    }

    private mutating func decodeLimit(_ place: Located, _ rule: RuleModel?) -> LimitModel? {
        guard let fields = fields(place, Self.limitKeys) else { return nil }
        let chosen = fields["algorithm"].flatMap { place in algorithm(place).map { Placed($0, place) } }
        let counting = decodeCounting(fields)
        // Where it cannot be told what is counted, the rest is still looked through for problems.
        let stand = counting ?? (.rate(Rate(count: 1, window: 1_000_000)), place)
        let usable = chosen.flatMap { $0.value == .concurrency ? nil : $0 }
        var limit = limit(for: stand.0, place, stand.1, usable, rule)
        if let place = fields["name"] { decodeName(place, &limit) }
        decodeSwitches(fields, &limit)
        if let place = fields["per"] { limit.per = decodePer(place) }
        if let place = fields["tiers"] { decodeTierNumbers(place, &limit) }
        if counting == nil { return nil }
        checkAlgorithm(chosen, limit)
        decodeNumbers(fields, &limit)
        return limit
    }

    private mutating func decodeCounting(_ fields: Fields) -> (LimitModel.Counting, Located)? {
        switch (fields["rate"], fields["concurrency"]) {
        case (let rate?, nil):
            guard let text = text(rate) else { return nil }
            do throws(RateProblem) {
                return (.rate(try Rate.parse(text)), rate)
            } catch {
                problem(rate, error.description)
                return nil
            }
        case (nil, let slots?):
            guard let count = wholeNumber(slots, 0...LimitModel.mostSlots) else { return nil }
            return (.slots(count), slots)
        case (_?, let slots?):
            problem(slots, "stands beside rate:; a limit is one of the two")
            return nil
        case (nil, nil):
            problem(fields.place, "needs rate: or concurrency:")
            return nil
        }
    }

    /// A limit with the defaults of its rule and its file.
    private func limit(
        for counting: LimitModel.Counting,
        _ place: Located,
        _ countingPlace: Located,
        _ chosen: Placed<Algorithm>?,
        _ rule: RuleModel?
    ) -> LimitModel {
        var limit = LimitModel(
            name: "slots",
            place: place,
            counting: counting,
            countingPlace: countingPlace,
            algorithm: .concurrency
        )
        guard case .rate(let rate) = counting else {
            limit.lease = Self.defaultLease
            return limit
        }
        limit.name = "\(rate.unit)-per-\(rate.windowName)"
        let algorithm = chosen ?? (rate.calendar == nil ? rule?.algorithm ?? model.algorithm : nil)
        limit.algorithm = algorithm?.value ?? (rate.calendar == nil ? .slidingWindow : .fixedWindow)
        limit.algorithmPlace = algorithm?.place
        return limit
    }

    private mutating func decodeName(_ place: Located, _ limit: inout LimitModel) {
        guard let name = name(place, atMost: Bounds.word) else { return }
        if name.utf8.contains(UInt8(ascii: "/")) { problem(place, "must not contain a slash") }
        limit.name = name
        limit.place = place
    }

    private mutating func decodeSwitches(_ fields: Fields, _ limit: inout LimitModel) {
        if let place = fields["shadow"] { limit.shadow = bool(place) ?? false }
        if let place = fields["overdraft"] {
            limit.overdraft = bool(place) ?? false
            if limit.overdraft, case .slots = limit.counting { problem(place, "is not for slots") }
        }
        if let place = fields["local-share"] { limit.fullLocalShare = choice(place, ["full"]) != nil }
    }

    private mutating func decodePer(_ place: Located) -> [PerValue] {
        guard let items = list(place) else { return [.client] }
        var values: [PerValue] = []
        for item in items {
            guard let name = name(item, atMost: Bounds.attributeKey) else { continue }
            let value = PerValue(name: name)
            if values.contains(value) { problem(item, "comes twice") }
            values.append(value)
        }
        if values.count > Bounds.attributes { problem(place, "has more than \(Bounds.attributes) values") }
        return values
    }

    private mutating func decodeTierNumbers(_ place: Located, _ limit: inout LimitModel) {
        guard let entries = entries(place, named: true) else { return }
        for entry in entries {
            let tier = tier(entry.name, entry.keyMark, entry.value.path)
            guard let number = decodeTierNumber(entry.value, limit), let tier else { continue }
            limit.tiers[tier] = number
        }
    }

    private mutating func decodeTierNumber(_ place: Located, _ limit: LimitModel) -> LimitModel.TierNumber? {
        if case .scalar("unlimited", _) = place.node.content {
            if limit.isPerClient { return .unlimited }
            problem(place, "a limit that is not per client holds for every tier")
            return nil
        }
        guard case .scalar(let text, isPlain: true) = place.node.content, Decimal.whole(text) != nil else {
            problem(place, "must be a whole number or unlimited")
            return nil
        }
        return wholeNumber(place, 0...Amount.max).map { .count($0) }
    }

    private mutating func refuseSameNames(_ limits: [LimitModel]) {
        for (index, limit) in limits.enumerated() {
            guard let first = limits[..<index].first(where: { $0.name.utf8.elementsEqual(limit.name.utf8) }) else {
                continue
            }
            let line = first.place.mark.line
            problem(limit.place, "the name \"\(quoted(limit.name))\" is taken by line \(line); give one another name")
        }
    }
}

// What fits together in one limit.
extension PolicyDecoder {
    private mutating func checkAlgorithm(_ chosen: Placed<Algorithm>?, _ limit: LimitModel) {
        guard let chosen else { return }
        switch limit.counting {
        case .slots where chosen.value != .concurrency:
            problem(chosen.place, "\(chosen.value.name) counts no slots")
        case .rate(let rate):
            if chosen.value == .concurrency {
                problem(chosen.place, "concurrency counts no rate; write concurrency: with a number of slots")
            } else if rate.calendar != nil, chosen.value != .fixedWindow {
                problem(chosen.place, "a calendar rate is counted by fixed-window")
            }
        default: break
        }
    }

    private mutating func decodeNumbers(_ fields: Fields, _ limit: inout LimitModel) {
        if let place = fields["burst"] {
            limit.burst = wholeNumber(place, 1...Amount.max)
            if limit.algorithm != .tokenBucket { problem(place, "is for algorithm: token-bucket") }
        }
        if let place = fields["lease"] {
            limit.lease = duration(place) ?? limit.lease
            if case .rate = limit.counting { problem(place, "is for slots: a limit with concurrency:") }
        }
        if let place = fields["max-log"] {
            limit.maxLog = wholeNumber(place, 1...SlidingLog.largestCount)
            if limit.algorithm != .slidingLog { problem(place, "is for algorithm: sliding-log") }
        }
        checkSize(limit)
    }

    /// What a limit can remember is bounded for two algorithms, in every tier.
    private mutating func checkSize(_ limit: LimitModel) {
        let bound = limit.largestCount
        let numbers = NumbersInForce(tiers: model.tiers)
        if limit.count > bound {
            problem(
                limit.countingPlace,
                "\(limit.count) is above \(bound), the most that \(limit.algorithm.name) counts"
            )
            return
        }
        for (tier, inForce) in zip(model.tiers, numbers.row(for: limit)) where !inForce.isUnlimited {
            guard inForce.count > bound else { continue }
            let what = "comes to \(inForce.count) for tier \(quoted(tier.name))"
            problem(limit.countingPlace, "\(what), above \(bound), the most that \(limit.algorithm.name) counts")
        }
    }
}
