package import LimitCore

/// Counters in this process: exact under concurrency, bounded, and gone with it.
///
/// Any number of threads may decide at once. A check locks the shards of its counters in ascending order, so a check
/// over several counters is one atomic step and two of them never wait for each other.
package final class MemoryStore: LimitStore, Sendable {
    let shards: [CounterShard]
    let secret: (UInt64, UInt64)
    /// Of leases that were settled or renewed, how many a shard remembers.
    let recordsPerShard: Int
    private let clock: @Sendable () -> Microseconds

    /// - Parameters:
    ///   - maxKeys: counters kept at most. Past it the one of a sample that is full again soonest is forgotten.
    ///   - clock: microseconds since the Unix epoch. It may step; see `Reading`.
    package init(maxKeys: Int = 10_000_000, clock: @escaping @Sendable () -> Microseconds) {
        let keys = max(1, maxKeys)
        let count = min(256, max(1, keys / 256))
        var generator = SystemRandomNumberGenerator()
        shards = (0..<count).map {
            CounterShard(capacity: keys / count + ($0 < keys % count ? 1 : 0), seed: generator.next())
        }
        secret = (generator.next(), generator.next())
        recordsPerShard = max(64, keys / count)
        self.clock = clock
    }

    package func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        batch.prepareForStore()
        let now = clock()
        if batch.leases.isEmpty {
            decide(
                batch.questions,
                priced: batch.priced,
                charges: batch.charges,
                now: now,
                outcomes: &batch.outcomes,
                results: &batch.results
            )
        } else {
            for check in batch.priced.indices { decide(check, of: batch, now: now) }
        }
        reply(batch)
    }

    package func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void) {
        let now = clock()
        for index in batch.operations.indices {
            batch.results[index] = carryOut(batch.operations[index], now: now)
        }
        reply(batch)
    }

    /// Forgets some of the counters that are as good as missing. Called once a second, it goes through all of them
    /// in half a minute.
    package func sweep() {
        let now = clock()
        for shard in shards {
            shard.lock()
            shard.table.sweep(shard.table.count / 30 + 1, now: now)
            shard.leases.sweep(now: now)
            shard.unlock()
        }
    }

    /// How many counters there are, and how many were forgotten for lack of room.
    package func statistics() -> (keys: Int, evictions: Int) {
        var sum = (keys: 0, evictions: 0)
        for shard in shards {
            shard.lock()
            sum.keys += shard.table.count
            sum.evictions += shard.table.evictions
            shard.unlock()
        }
        return sum
    }
}

extension MemoryStore {
    /// Decides a check of a batch in which some carry leases.
    private func decide(_ check: Int, of batch: CheckBatch, now: Microseconds) {
        let range = batch.priced[check]
        guard !range.isEmpty else {
            batch.results[check] = .admitted
            return
        }
        let peek = batch.questions.checks[check].peek
        batch.questions.text.withUnsafeBytes { text in
            var step = AtomicCheck(self, batch.charges[range], text, now)
            step.lease = batch.leases[check]
            let admitted = step.decide(peek: peek, &batch.outcomes)
            batch.results[check] = admitted ? .admitted : .refused
            guard admitted, !peek, let lease = step.lease else { return }
            let first = batch.held.count
            batch.held += step.granted
            batch.grants[check] = LeaseGrant(expiry: Amount.sum(now, lease.time), held: first..<batch.held.count)
        }
    }

    private func decide(
        _ questions: borrowing Questions,
        priced: [Range<Int>],
        charges: [Charge],
        now: Microseconds,
        outcomes: inout [Outcome],
        results: inout [CheckResult]
    ) {
        questions.text.withUnsafeBytes { text in
            for (check, range) in priced.enumerated() {
                let peek = questions.checks[check].peek
                let admitted =
                    switch range.count {
                    case 0: true
                    case 1: decide(charges[range.lowerBound], text, peek, now, &outcomes[range.lowerBound])
                    default: decide(charges[range], text, peek, now, &outcomes)
                    }
                results[check] = admitted ? .admitted : .refused
            }
        }
    }

    private func decide(
        _ charges: ArraySlice<Charge>,
        _ text: UnsafeRawBufferPointer,
        _ peek: Bool,
        _ now: Microseconds,
        _ outcomes: inout [Outcome]
    ) -> Bool {
        var step = AtomicCheck(self, charges, text, now)
        return step.decide(peek: peek, &outcomes)
    }

    func shardNumber(_ key: CounterKey) -> Int {
        Int(truncatingIfNeeded: key.high.multipliedFullWidth(by: UInt64(shards.count)).high)
    }

    /// A check of one charge, by far the most common one.
    private func decide(
        _ charge: Charge,
        _ text: UnsafeRawBufferPointer,
        _ peek: Bool,
        _ now: Microseconds,
        _ outcome: inout Outcome
    ) -> Bool {
        let key = CounterKey(charge.counter, in: text, secret: secret)
        let shard = shards[shardNumber(key)]
        shard.lock()
        defer { shard.unlock() }
        return shard.table.decide(key, charge, peek, now, &outcome)
    }
}

extension CounterTable {
    fileprivate mutating func decide(
        _ key: CounterKey,
        _ charge: Charge,
        _ peek: Bool,
        _ now: Microseconds,
        _ outcome: inout Outcome
    ) -> Bool {
        let place = find(key)
        let before = reading(at: place, charge.limit, now: now)
        let fits = before.admits(charge.cost, charge.limit)
        let charged = fits && !peek && before.isChanged(by: charge.cost)
        let after = charged ? before.charged(charge.cost, charge.limit) : before
        outcome = Outcome(
            before: before,
            after: after,
            fits: fits,
            cost: charge.cost,
            limit: charge.limit,
            retry: retry(charge.cost, at: place, charge.limit, now: now)
        )
        if !peek, charged || before.corrected {
            let cost = charged ? charge.cost : 0
            write(key, at: place, after, charge.limit, cost: cost, fullIn: outcome.reset)
        }
        return fits || charge.shadow
    }
}
