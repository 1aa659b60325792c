import LimitCore

/// A reply to the script that is none.
enum DecisionProblem: Error {
    /// Not the parts that were asked for.
    case malformed
    /// The script admitted other checks than its twin here would have.
    case disagreement
}

extension DecisionPlan {
    /// What became of a check, or of a step that has the place of one.
    struct Decision {
        var admitted: Bool
        /// The position of its first outcome.
        var outcomes: Int
        /// Of a part of a check over several slots: the outcomes of its charges if the whole check is refused.
        var uncharged: [Outcome] = []
        /// What was charged, of a part and of a check that carries a lease; `charge` is the place among the check's.
        var held: [GrantedCharge] = []
        /// When the lease that was granted runs out.
        var expiry: Microseconds?
        var step: LeaseStepResult?
    }

    /// Computes every answer from the script's reply: the counters as it read them, and its instant.
    func answers(
        _ reply: borrowing Reply,
        outcomes: inout [Outcome]
    ) throws(DecisionProblem) -> [Decision] {
        guard case .array(index.count + 5)? = reply.nodes.first, reply.nodes.count == index.count + 6 else {
            throw .malformed
        }
        let last = index.count
        guard let seconds = reply.number(last + 1), let rest = reply.number(last + 2),
            (0...Amount.max / 1_000_000 - 1).contains(seconds), (0..<1_000_000).contains(rest),
            case .string(let admitted) = reply.nodes[last + 3], admitted.count == entries.count * 2,
            case .string(let retries) = reply.nodes[last + 4], case .string(let results) = reply.nodes[last + 5]
        else { throw .malformed }
        let now = seconds * 1_000_000 + rest
        var replay = DecisionReplay(now: now, counters: try states(reply), retries: try waits(retries, reply))
        var decisions = [Decision](repeating: Decision(admitted: false, outcomes: 0), count: checkCount)
        outcomes.removeAll(keepingCapacity: true)
        for (position, entry) in entries.enumerated() {
            let low = Int(reply.bytes[admitted.lowerBound + position * 2])
            let count = low + Int(reply.bytes[admitted.lowerBound + position * 2 + 1]) << 8
            if try decide(entry, &replay, &outcomes, &decisions) != count { throw .disagreement }
        }
        for (planned, result) in zip(steps, try self.results(reply.bytes[results], now: now)) {
            decisions[planned.check].admitted = true
            decisions[planned.check].step = result
        }
        return decisions
    }

    /// Decides all calls of an entry and returns how many were admitted.
    private func decide(
        _ entry: Entry,
        _ replay: inout DecisionReplay,
        _ outcomes: inout [Outcome],
        _ decisions: inout [Decision]
    ) throws(DecisionProblem) -> Int {
        let waits = charges[entry.charges].count { limits[Int($0.limit)].isSummarized }
        guard replay.place + waits <= replay.retries.count else { throw .malformed }
        var admitted = 0
        var check = entry.first
        while check >= 0 {
            decisions[check].outcomes = outcomes.count
            if entry.isPart { decisions[check].uncharged = uncharged(entry, replay) }
            let lease = leases.isEmpty ? nil : leases[check]
            replay.wantsHeld = entry.isPart || lease != nil
            if entry.joined ? decideJoined(entry, &replay, &outcomes) : decide(entry, &replay, &outcomes) {
                admitted += 1
                decisions[check].admitted = true
                if replay.wantsHeld { swap(&decisions[check].held, &replay.held) }
                if let lease, !entry.peek { decisions[check].expiry = Amount.sum(replay.now, lease.time) }
            }
            check = next[check]
        }
        replay.place += waits
        return admitted
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

    private func waits(_ range: Range<Int>, _ reply: borrowing Reply) throws(DecisionProblem) -> [Microseconds] {
        guard !range.isEmpty else { return [] }
        guard range.count % 8 == 0 else { throw .malformed }
        var waits: [Microseconds] = []
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
            guard let wait = CounterState.amount(reply.bytes[start..<start + 8]) else { throw .malformed }
            waits.append(wait)
        }
        return waits
    }
}

extension Limit {
    /// The script answers with a summary of the counter, and says itself when a refused cost fits.
    var isSummarized: Bool { algorithm == .slidingLog || algorithm == .concurrency }
}

extension CounterState {
    /// `since` of a bucket of which it is not known what comes back to it.
    static let untracked: Microseconds = -1

    /// A state as the script packs it, or nil where the bytes are none.
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
        self.init(time: values.0, spent: values.1, aside: values.2, since: Self.untracked)
        guard algorithm == .tokenBucket, bytes.count >= 48 else { return }
        guard let since = Self.amount(bytes.dropFirst(32).prefix(8)),
            let returned = Self.amount(bytes.dropFirst(40).prefix(8))
        else { return nil }
        self.since = since
        self.returned = returned
    }

    static func amount(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let value = Int64(exactly: Double(bitPattern: bits)), (0...Amount.max).contains(value) else { return nil }
        return value
    }
}
