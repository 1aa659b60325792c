package import LimitCore

extension Oracle {
    /// Carries out a lease operation in one step. The lease must have been granted; where it ends its expiry is 0.
    package mutating func settle(_ operation: TestOperation, at instant: Microseconds) -> LeaseResult {
        let now = Int128(instant)
        look(at: now)
        guard var lease = leases[operation.lease], !lease.isSettled,
            lease.isAlive(at: now, isOldToken: operation.isOldToken)
        else { return .gone }
        if !operation.ends, hasLostSlot(lease, operation.lease, now) { return .gone }
        var isInDebt = false
        for index in lease.holds.indices {
            let hold = lease.holds[index]
            if hold.isSlot {
                changeSlot(hold, operation, now)
            } else if let target = operation.targets[hold.counter].map({ Int128($0) }) {
                if target > hold.held {
                    if charge(target - hold.held, hold, now) { isInDebt = true }
                    lease.holds[index].held = target
                } else if operation.ends {
                    giveBack(max(0, min(hold.held, hold.first) - target), hold, now)
                }
            }
        }
        if operation.ends { lease.isSettled = true } else { lease.expiry = now + Int128(operation.time) }
        lease.hasRecord = true
        lease.latest = now
        leases[operation.lease] = lease
        return .done(expiry: operation.ends ? 0 : Int64(lease.expiry), isInDebt: isInDebt)
    }

    /// Whether the lease was granted, and nothing that the operation depends on may be forgotten because the clock
    /// stepped back.
    package func isCertain(_ operation: TestOperation, at instant: Microseconds) -> Bool {
        guard let lease = leases[operation.lease] else { return false }
        let isAlive = lease.isAlive(at: Int128(instant), isOldToken: operation.isOldToken)
        if lease.mayBeForgotten, isAlive { return false }
        return lease.holds.allSatisfy { !mayBeForgotten(TestCharge($0.counter, $0.limit), at: instant) }
    }

    /// Whether a bucket of the lease had been charged more than 2^53 - 1 while something of it was owed.
    package func isPastBound(_ operation: TestOperation) -> Bool {
        leases[operation.lease]?.holds.contains { $0.mark.charged >= largestAmount } ?? false
    }

    /// Whether a lease was granted and has neither been settled nor run out.
    func isOpen(_ lease: UInt64, at instant: Microseconds) -> Bool {
        guard let lease = leases[lease] else { return false }
        return !lease.isSettled && lease.isAlive(at: Int128(instant), isOldToken: false)
    }

    private func hasLostSlot(_ lease: OracleLease, _ id: UInt64, _ now: Int128) -> Bool {
        lease.holds.contains { hold in
            hold.isSlot && !(counters[hold.counter]?.holds(slot: id, at: now, hold.limit) ?? false)
        }
    }

    private mutating func changeSlot(_ hold: OracleLease.Hold, _ operation: TestOperation, _ now: Int128) {
        if operation.ends {
            let isFreed = counters[hold.counter]?.free(slot: operation.lease, at: now, hold.limit) ?? false
            if isFreed { written(hold, now) }
        } else {
            counters[hold.counter]?.keep(slot: operation.lease, at: now, hold.limit)
            written(hold, now)
        }
    }

    /// Charges more than was held, and tells whether the counter is past the limit now.
    private mutating func charge(_ cost: Int128, _ hold: OracleLease.Hold, _ now: Int128) -> Bool {
        var counter = counters[hold.counter] ?? OracleCounter(hold.limit.algorithm)
        counter.correct(at: now, hold.limit)
        _ = counter.charge(cost, at: now, hold.limit, slot: 0)
        counters[hold.counter] = counter
        written(hold, now)
        return counter.used(at: now, hold.limit) > Int128(hold.limit.capacity)
    }

    private mutating func giveBack(_ amount: Int128, _ hold: OracleLease.Hold, _ now: Int128) {
        guard amount > 0 else { return }
        let isChanged = counters[hold.counter]?.giveBack(amount, of: hold.mark, at: now, hold.limit) ?? false
        if isChanged { written(hold, now) }
    }

    private mutating func written(_ hold: OracleLease.Hold, _ now: Int128) {
        guard let wait = counters[hold.counter]?.reset(at: now, hold.limit) else { return }
        counters[hold.counter]?.written(at: now, emptyAfter: wait)
    }
}
