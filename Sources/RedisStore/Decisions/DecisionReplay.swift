import LimitCore

/// The checks of a plan decided once more, from what the script read.
struct DecisionReplay {
    let now: Microseconds
    /// As the last check left them; nil is a missing one.
    var counters: [CounterState?]
    /// By charge of an entry on a sliding log or slots: when it fits, where it does not.
    let retries: [Microseconds]
    /// Where those of the entry begin.
    var place = 0
    /// Whether `held` is to be filled.
    var wantsHeld = false
    var held: [GrantedCharge] = []

    init(now: Microseconds, counters: [CounterState?], retries: [Microseconds]) {
        self.now = now
        self.counters = counters
        self.retries = retries
    }

    func reading(_ charge: DecisionPlan.PlannedCharge, _ limit: Limit) -> Reading {
        Reading(counters[Int(charge.counter)], limit, now: now)
    }

    /// Charges a counter, or gives back below 0. `tracks`: from a charge on it is known what comes back to the bucket.
    mutating func charge(_ cost: Int64, _ counter: UInt16, _ limit: Limit, from before: Reading, tracks: Bool)
        -> Reading
    {
        var after = before.charged(cost, limit)
        if tracks, cost > 0, limit.algorithm == .tokenBucket, after.state.since == CounterState.untracked {
            after.state.since = now
            after.state.returned = 0
        }
        counters[Int(counter)] = after.state
        return after
    }
}

extension DecisionPlan {
    func decide(_ entry: Entry, _ replay: inout DecisionReplay, _ outcomes: inout [Outcome]) -> Bool {
        var admitted = true
        for charge in charges[entry.charges] where !charge.shadow && admitted {
            let limit = limits[Int(charge.limit)]
            admitted = replay.reading(charge, limit).admits(charge.cost, limit)
        }
        if replay.wantsHeld { replay.held = [] }
        var place = replay.place
        for (position, charge) in charges[entry.charges].enumerated() {
            let limit = limits[Int(charge.limit)]
            let before = replay.reading(charge, limit)
            let fits = before.admits(charge.cost, limit)
            var after = before
            if admitted, fits, !entry.peek, before.isChanged(by: charge.cost) {
                after = replay.charge(charge.cost, charge.counter, limit, from: before, tracks: entry.tracks)
                if replay.wantsHeld, charge.cost > 0 {
                    hold(charge.cost, position, charge.counter, limit, after, &replay)
                }
            } else if before.corrected, !entry.peek {
                replay.counters[Int(charge.counter)] = before.state
            }
            if admitted, fits, charge.cost == 0, !entry.peek, replay.wantsHeld {
                hold(0, position, charge.counter, limit, before, &replay)
            }
            outcomes.append(
                Outcome(
                    before: before,
                    after: after,
                    fits: fits,
                    cost: charge.cost,
                    limit: limit,
                    retry: retry(charge.cost, limit, replay, place)
                )
            )
            if limit.isSummarized { place += 1 }
        }
        return admitted
    }

    func decideJoined(_ entry: Entry, _ replay: inout DecisionReplay, _ outcomes: inout [Outcome]) -> Bool {
        let list = charges[entry.charges]
        let joined = JoinedCharges(list, limits)
        let before = list.map { replay.reading($0, limits[Int($0.limit)]) }
        let fits = list.indices.map { position in
            let place = position - list.startIndex
            return before[place].admits(joined.judged[place], limits[Int(list[position].limit)])
        }
        let admitted = zip(list, fits).allSatisfy { $0.shadow || $1 }
        let missed = Set(zip(list, fits).filter { $0.shadow && !$1 }.map(\.0.counter))
        if replay.wantsHeld { replay.held = [] }
        for settlement in joined.settlements where !entry.peek {
            let sum = missed.contains(settlement.counter) ? settlement.enforced : settlement.all
            settle(settlement, sum, isCharged: admitted, entry, &replay)
            if admitted, sum.cost == 0, !missed.contains(settlement.counter), replay.wantsHeld {
                let limit = limits[Int(sum.limit)]
                let reading = Reading(replay.counters[Int(settlement.counter)], limit, now: replay.now)
                hold(0, settlement.first, settlement.counter, limit, reading, &replay)
            }
        }
        var place = replay.place
        for (position, charge) in list.enumerated() {
            let limit = limits[Int(charge.limit)]
            outcomes.append(
                Outcome(
                    before: before[position],
                    after: entry.peek ? before[position] : replay.reading(charge, limit),
                    fits: fits[position],
                    cost: joined.judged[position],
                    limit: limit,
                    retry: retry(joined.judged[position], limit, replay, place)
                )
            )
            if limit.isSummarized { place += 1 }
        }
        return admitted
    }

    private func settle(
        _ settlement: JoinedCharges.Settlement,
        _ sum: JoinedCharges.Sum,
        isCharged: Bool,
        _ entry: Entry,
        _ replay: inout DecisionReplay
    ) {
        let limit = limits[Int(sum.limit)]
        let reading = Reading(replay.counters[Int(settlement.counter)], limit, now: replay.now)
        if isCharged, reading.isChanged(by: sum.cost) {
            let after = replay.charge(sum.cost, settlement.counter, limit, from: reading, tracks: entry.tracks)
            if replay.wantsHeld, sum.cost > 0 {
                hold(sum.cost, settlement.first, settlement.counter, limit, after, &replay)
            }
        } else if reading.corrected {
            replay.counters[Int(settlement.counter)] = reading.state
        }
    }

    /// The outcomes that the charges of a part have if the whole check is refused.
    func uncharged(_ entry: Entry, _ replay: DecisionReplay) -> [Outcome] {
        let list = charges[entry.charges]
        let joined = JoinedCharges(list, limits)
        var place = replay.place
        return list.enumerated().map { position, charge in
            let limit = limits[Int(charge.limit)]
            let reading = replay.reading(charge, limit)
            let cost = joined.judged[position]
            defer { if limit.isSummarized { place += 1 } }
            return Outcome(
                before: reading,
                after: reading,
                fits: reading.admits(cost, limit),
                cost: cost,
                limit: limit,
                retry: retry(cost, limit, replay, place)
            )
        }
    }

    /// What the script says of a cost that a sliding log or slots do not admit; nil for the others.
    private func retry(_ cost: Int64, _ limit: Limit, _ replay: DecisionReplay, _ place: Int) -> Retry? {
        limit.isSummarized ? limit.retry(cost, after: replay.retries[place]) : nil
    }

    /// Notes what a lease holds of a counter. An estimate of nothing is noted too, for what is used after all.
    private func hold(
        _ cost: Int64,
        _ position: Int,
        _ counter: UInt16,
        _ limit: Limit,
        _ after: Reading,
        _ replay: inout DecisionReplay
    ) {
        guard cost > 0 || limit.algorithm != .concurrency else { return }
        let key = Array(index.text[index.keys[Int(counter)]].dropFirst(prefixLength))
        var held = HeldCharge(key: key, limit: limit, amount: min(cost, Amount.max), after: after)
        // An estimate of nothing does not track its bucket, and has nothing to be given back.
        held.stamp = max(0, held.stamp)
        replay.held.append(GrantedCharge(charge: position, held: held))
    }
}
