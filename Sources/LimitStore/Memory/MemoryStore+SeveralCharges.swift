import LimitCore

extension MemoryStore {
    /// A charge of a check that has several, and the counter it is on.
    private struct Touch {
        var key: CounterKey
        var shard: Int
        /// The first charge of the check on the same counter; its own position where it is the first.
        var leader: Int
        /// What all charges of the check on this counter come to, kept at the leader.
        var cost: Int64
        var before: Reading
        var after: Reading
        var fits = false
    }

    /// A check of several charges: all of its shards are locked, all counters read, and then all written or none.
    func decide(
        _ charges: ArraySlice<Charge>,
        _ text: UnsafeRawBufferPointer,
        _ peek: Bool,
        _ now: Microseconds,
        _ outcomes: inout [Outcome]
    ) -> Bool {
        withUnsafeTemporaryAllocation(of: Touch.self, capacity: charges.count) { buffer in
            for (position, charge) in charges.enumerated() {
                let key = CounterKey(charge.counter, in: text, secret: secret)
                let missing = Reading(state: .empty(at: now), now: now, corrected: false)
                let touch = Touch(
                    key: key,
                    shard: shardNumber(key),
                    leader: position,
                    cost: charge.cost,
                    before: missing,
                    after: missing
                )
                buffer.initializeElement(at: position, to: touch)
            }
            let touches = UnsafeMutableBufferPointer(rebasing: buffer[..<charges.count])
            join(touches)
            return withShards(of: touches) {
                settle(touches, charges, peek, now, &outcomes)
            }
        }
    }

    /// Adds up charges on the same counter. Sixteen amounts fit an Int64, so the sum is exact.
    private func join(_ touches: UnsafeMutableBufferPointer<Touch>) {
        for position in 1..<touches.count {
            for earlier in 0..<position where touches[earlier].key == touches[position].key {
                touches[position].leader = earlier
                touches[earlier].cost += touches[position].cost
                break
            }
        }
    }

    private func withShards<Result>(
        of touches: UnsafeMutableBufferPointer<Touch>,
        _ body: () -> Result
    ) -> Result {
        var locked = -1
        while let next = touches.lazy.map(\.shard).filter({ $0 > locked }).min() {
            shards[next].lock()
            locked = next
        }
        defer {
            for (position, touch) in touches.enumerated()
            where !touches[..<position].contains(where: { $0.shard == touch.shard }) {
                shards[touch.shard].unlock()
            }
        }
        return body()
    }

    private func settle(
        _ touches: UnsafeMutableBufferPointer<Touch>,
        _ charges: ArraySlice<Charge>,
        _ peek: Bool,
        _ now: Microseconds,
        _ outcomes: inout [Outcome]
    ) -> Bool {
        var admitted = true
        for (position, charge) in charges.enumerated() {
            let touch = touches[position]
            let stored = shards[touch.shard].table.read(touch.key)
            let before = Reading(stored, charge.limit, now: now)
            touches[position].before = before
            touches[position].fits = before.admits(touches[touch.leader].cost, charge.limit)
            admitted = admitted && (touches[position].fits || charge.shadow)
        }
        for (position, charge) in charges.enumerated() {
            let touch = touches[position]
            let cost = touches[touch.leader].cost
            let charged = admitted && !peek && cost > 0 && counts(touch.leader, touches, charges)
            let after = charged ? base(touch.leader, touches, charges).charged(cost) : touch.before
            touches[position].after = after
            outcomes[charges.startIndex + position] = Outcome(
                before: touch.before,
                after: after,
                fits: touch.fits,
                cost: cost,
                limit: charge.limit
            )
        }
        if !peek { write(touches, charges, outcomes) }
        return admitted
    }

    /// Whether an admitted check charges this counter: not if all of its charges are shadows of which one did not fit.
    private func counts(
        _ leader: Int,
        _ touches: UnsafeMutableBufferPointer<Touch>,
        _ charges: ArraySlice<Charge>
    ) -> Bool {
        var allFit = true
        for position in leader..<touches.count where touches[position].leader == leader {
            if !charges[charges.startIndex + position].shadow { return true }
            allFit = allFit && touches[position].fits
        }
        return allFit
    }

    /// The reading that a group of charges goes on from: of buckets with several rates that of the slowest, which no
    /// limit of the group has refilled faster than it may.
    private func base(
        _ leader: Int,
        _ touches: UnsafeMutableBufferPointer<Touch>,
        _ charges: ArraySlice<Charge>
    ) -> Reading {
        var slowest = leader
        for position in leader..<touches.count where touches[position].leader == leader {
            let limits = (charges[charges.startIndex + position].limit, charges[charges.startIndex + slowest].limit)
            if limits.0.count < limits.1.count { slowest = position }
        }
        return touches[slowest].before
    }

    private func write(
        _ touches: UnsafeMutableBufferPointer<Touch>,
        _ charges: ArraySlice<Charge>,
        _ outcomes: [Outcome]
    ) {
        for (position, touch) in touches.enumerated() where touch.leader == position {
            guard touch.after.state != touch.before.state || touch.before.corrected else { continue }
            let shard = shards[touch.shard]
            let limit = charges[charges.startIndex + position].limit
            let reset = outcomes[charges.startIndex + position].reset
            shard.table.write(touch.key, at: shard.table.find(touch.key), touch.after, limit, fullIn: reset)
        }
    }
}
