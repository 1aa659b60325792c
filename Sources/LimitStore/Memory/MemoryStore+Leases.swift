import LimitCore

extension MemoryStore {
    /// A second beyond the time that a lease could still live.
    private static let recordSlack: Microseconds = 1_000_000

    /// Carries out one operation under the locks of all counters of its lease and of its record.
    func carryOut(_ operation: LeaseOperation, now: Microseconds) -> LeaseResult {
        let keys = operation.charges.map { CounterKey(bytes: $0.key) }
        let home = Int(operation.id % UInt64(shards.count))
        let locked = Set(keys.compactMap { $0.map(shardNumber) } + [home]).sorted()
        for shard in locked { shards[shard].lock() }
        defer { for shard in locked { shards[shard].unlock() } }
        let record = shards[home].leases[operation.id]
        let held: [Int64]
        if let record {
            guard let kept = record.held, kept.count == operation.charges.count else { return .gone }
            held = kept
        } else {
            guard shards[home].leases.count < recordsPerShard else { return .gone }
            held = operation.charges.map(\.amount)
        }
        guard now < max(operation.expiry, record?.expiry ?? 0) else { return .gone }
        guard operation.ends || keepSlots(of: operation, keys, now: now) else { return .gone }
        let outcome = apply(operation, held, keys, now: now)
        let expiry = Amount.sum(now, operation.time)
        shards[home].leases.write(
            LeaseRecords.Record(
                held: operation.ends ? nil : outcome.held,
                expiry: expiry,
                forgetAt: max(expiry, operation.expiry, record?.expiry ?? 0) + Self.recordSlack
            ),
            of: operation.id
        )
        return .done(expiry: expiry, isInDebt: outcome.isInDebt)
    }

    /// Keeps all slots of a lease for another lease time, or none where one has run out.
    private func keepSlots(of operation: LeaseOperation, _ keys: [CounterKey?], now: Microseconds) -> Bool {
        let slots = zip(operation.charges, keys).filter { $0.0.limit.algorithm == .concurrency }
        let isAlive = slots.allSatisfy { held, key in
            key.map { shards[shardNumber($0)].table.hasSlot($0, operation.id, held.limit, now: now) } ?? false
        }
        guard isAlive else { return false }
        for case (let held, let key?) in slots {
            shards[shardNumber(key)].table.keepSlot(key, operation.id, held.limit, now: now)
        }
        return true
    }

    /// Sets what each charge holds and returns it, and whether a counter that was charged is in debt.
    private func apply(
        _ operation: LeaseOperation,
        _ held: [Int64],
        _ keys: [CounterKey?],
        now: Microseconds
    ) -> (held: [Int64], isInDebt: Bool) {
        var held = held
        var isInDebt = false
        for (index, charge) in operation.charges.enumerated() {
            guard let key = keys[index] else { continue }
            let shard = shards[shardNumber(key)]
            if charge.limit.algorithm == .concurrency {
                if operation.ends { shard.table.freeSlot(key, operation.id, charge.limit, now: now) }
                continue
            }
            guard let target = operation.targets[index] else { continue }
            if target > held[index] {
                let excess = target - held[index]
                isInDebt = shard.table.charge(key, excess, charge.limit, now: now) || isInDebt
                held[index] = target
            } else if operation.ends {
                // What a renewal added was charged later, in a time of its own: only the first charge is given back.
                let unused = min(held[index], charge.amount) - target
                if unused > 0 { shard.table.giveBack(unused, of: charge, key, now: now) }
                held[index] = target
            }
        }
        return (held, isInDebt)
    }
}
