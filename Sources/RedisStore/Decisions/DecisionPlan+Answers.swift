import LimitCore

/// A reply to the script that is none.
enum DecisionProblem: Error {
    /// Not the parts that were asked for.
    case malformed
    /// The script admitted other checks than its twin here would have.
    case disagreement
}

extension DecisionPlan {
    /// Computes every answer from the script's reply: the counters as it read them, and its instant.
    ///
    /// Each decision says whether the check was admitted and where in `outcomes` its own begin.
    func answers(
        _ reply: borrowing Reply,
        outcomes: inout [Outcome]
    ) throws(DecisionProblem) -> [Decision] {
        guard case .array(index.count + 3)? = reply.nodes.first, reply.nodes.count == index.count + 4 else {
            throw .malformed
        }
        let last = index.count
        guard let seconds = reply.number(last + 1), let rest = reply.number(last + 2),
            (0...Amount.max / 1_000_000 - 1).contains(seconds), (0..<1_000_000).contains(rest),
            case .string(let admitted) = reply.nodes[last + 3], admitted.count == entries.count * 2
        else { throw .malformed }
        let now = seconds * 1_000_000 + rest
        var counters = try states(reply)
        var decisions = [Decision](repeating: Decision(admitted: false, outcomes: 0), count: checkCount)
        outcomes.removeAll(keepingCapacity: true)
        for (position, entry) in entries.enumerated() {
            let low = Int(reply.bytes[admitted.lowerBound + position * 2])
            let count = low + Int(reply.bytes[admitted.lowerBound + position * 2 + 1]) << 8
            var agreed = 0
            var check = entry.first
            while check >= 0 {
                decisions[check].outcomes = outcomes.count
                if entry.isPart {
                    let before = counters
                    decisions[check].admitted = decide(entry, now, &counters, &outcomes)
                    decisions[check].record = record(of: entry, now, from: before, to: counters, reply)
                } else {
                    decisions[check].admitted = decide(entry, now, &counters, &outcomes)
                }
                if decisions[check].admitted { agreed += 1 }
                check = next[check]
            }
            if agreed != count { throw .disagreement }
        }
        for giveBack in giveBacks { decisions[giveBack.check].admitted = true }
        return decisions
    }

    /// What became of a check.
    struct Decision {
        var admitted: Bool
        /// The position of its first outcome.
        var outcomes: Int
        /// Of a part of a check over several slots.
        var record: PartRecord?
    }

    /// The counters as the script read them; nil is a missing one.
    private func states(_ reply: borrowing Reply) throws(DecisionProblem) -> [CounterState?] {
        var states = [CounterState?](repeating: nil, count: index.count)
        for charge in charges {
            let counter = Int(charge.counter)
            guard states[counter] == nil, reply.nodes[counter + 1] != .null else { continue }
            guard case .string(let range) = reply.nodes[counter + 1],
                let state = CounterState(reply.bytes[range], limits[Int(charge.limit)].algorithm)
            else { throw .malformed }
            states[counter] = state
        }
        return states
    }

    private func decide(
        _ entry: Entry,
        _ now: Microseconds,
        _ counters: inout [CounterState?],
        _ outcomes: inout [Outcome]
    ) -> Bool {
        if entry.joined { return decideJoined(entry, now, &counters, &outcomes) }
        var admitted = true
        for charge in charges[entry.charges] where !charge.shadow && admitted {
            let limit = limits[Int(charge.limit)]
            admitted = Reading(counters[Int(charge.counter)], limit, now: now).admits(charge.cost, limit)
        }
        for charge in charges[entry.charges] {
            let limit = limits[Int(charge.limit)]
            let before = Reading(counters[Int(charge.counter)], limit, now: now)
            let fits = before.admits(charge.cost, limit)
            let charged = admitted && fits && charge.cost > 0 && !entry.peek
            let after = charged ? before.charged(charge.cost, limit) : before
            if charged || before.corrected && !entry.peek { counters[Int(charge.counter)] = after.state }
            outcomes.append(Outcome(before: before, after: after, fits: fits, cost: charge.cost, limit: limit))
        }
        return admitted
    }

    private func decideJoined(
        _ entry: Entry,
        _ now: Microseconds,
        _ counters: inout [CounterState?],
        _ outcomes: inout [Outcome]
    ) -> Bool {
        let list = charges[entry.charges]
        let joined = JoinedCharges(list, limits)
        let before = list.map { Reading(counters[Int($0.counter)], limits[Int($0.limit)], now: now) }
        let fits = list.indices.map { position in
            let place = position - list.startIndex
            return before[place].admits(joined.judged[place], limits[Int(list[position].limit)])
        }
        let admitted = zip(list, fits).allSatisfy { $0.shadow || $1 }
        let missed = Set(zip(list, fits).filter { $0.shadow && !$1 }.map(\.0.counter))
        for settlement in joined.settlements where !entry.peek {
            let sum = missed.contains(settlement.counter) ? settlement.enforced : settlement.all
            let counter = Int(settlement.counter)
            let reading = Reading(counters[counter], limits[Int(sum.limit)], now: now)
            let charged = admitted && sum.cost > 0
            if charged { counters[counter] = reading.charged(sum.cost, limits[Int(sum.limit)]).state }
            if !charged, reading.corrected { counters[counter] = reading.state }
        }
        for (place, charge) in list.enumerated() {
            let limit = limits[Int(charge.limit)]
            let after = entry.peek ? before[place] : Reading(counters[Int(charge.counter)], limit, now: now)
            let cost = joined.judged[place]
            outcomes.append(Outcome(before: before[place], after: after, fits: fits[place], cost: cost, limit: limit))
        }
        return admitted
    }
}

extension DecisionPlan {
    /// What it takes to give back a part that was just decided.
    private func record(
        of entry: Entry,
        _ now: Microseconds,
        from before: [CounterState?],
        to after: [CounterState?],
        _ reply: borrowing Reply
    ) -> PartRecord {
        var record = PartRecord()
        let list = charges[entry.charges]
        let joined = JoinedCharges(list, limits)
        for (place, charge) in list.enumerated() {
            let limit = limits[Int(charge.limit)]
            let reading = Reading(before[Int(charge.counter)], limit, now: now)
            let cost = joined.judged[place]
            let fits = reading.admits(cost, limit)
            record.uncharged.append(Outcome(before: reading, after: reading, fits: fits, cost: cost, limit: limit))
        }
        for settlement in joined.settlements {
            let counter = Int(settlement.counter)
            let limit = limits[Int(settlement.all.limit)]
            guard let left = after[counter] else { continue }
            let cost = left.spent - Reading(before[counter], limit, now: now).state.spent
            guard cost > 0 else { continue }
            let key = Array(index.text[index.keys[counter]])
            record.receipts.append(
                Receipt(key: key, limit: limit, cost: cost, state: left, given: given(counter, reply))
            )
        }
        return record
    }

    /// What was given back to a bucket before this call, which `decide.lua` keeps at the end of its state.
    private func given(_ counter: Int, _ reply: borrowing Reply) -> Int64 {
        guard case .string(let range) = reply.nodes[counter + 1], range.count >= 40 else { return 0 }
        return CounterState.amount(reply.bytes[range].dropFirst(32).prefix(8)) ?? 0
    }
}

extension CounterState {
    /// A state as `decide.lua` packs it, or nil where the bytes are none.
    init?(_ bytes: ArraySlice<UInt8>, _ algorithm: Algorithm) {
        let parts = algorithm == .fixedWindow ? 2 : 3
        guard bytes.count >= parts * 8 else { return nil }
        var values: (Int64, Int64, Int64) = (0, 0, 0)
        for part in 0..<parts {
            guard let value = Self.amount(bytes.dropFirst(part * 8).prefix(8)) else { return nil }
            switch part {
            case 0: values.0 = value
            case 1: values.1 = value
            default: values.2 = value
            }
        }
        self.init(time: values.0, spent: values.1, aside: values.2)
    }

    fileprivate static func amount(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let value = Int64(exactly: Double(bitPattern: bits)), (0...Amount.max).contains(value) else { return nil }
        return value
    }
}
