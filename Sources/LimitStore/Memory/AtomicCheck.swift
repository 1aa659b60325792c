import LimitCore

/// A check of several charges, or one that carries a lease: all of its shards are locked, all counters read, and then
/// all written or none.
struct AtomicCheck {
    /// A charge, and the counter it is on.
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

    private typealias Touches = UnsafeMutableBufferPointer<Touch>

    private let store: MemoryStore
    private let charges: ArraySlice<Charge>
    private let text: UnsafeRawBufferPointer
    private let now: Microseconds
    /// The lease that the check carries if it is admitted.
    var lease: LeaseTerms?
    /// What the lease holds.
    private(set) var granted: [GrantedCharge] = []

    /// `text` is that of the questions and is read while the step is alive.
    init(_ store: MemoryStore, _ charges: ArraySlice<Charge>, _ text: UnsafeRawBufferPointer, _ now: Microseconds) {
        self.store = store
        self.charges = charges
        self.text = text
        self.now = now
    }

    /// Decides the check and returns whether it is admitted.
    mutating func decide(peek: Bool, _ outcomes: inout [Outcome]) -> Bool {
        withUnsafeTemporaryAllocation(of: Touch.self, capacity: charges.count) { buffer in
            for (position, charge) in charges.enumerated() {
                buffer.initializeElement(at: position, to: touch(charge, at: position))
            }
            let touches = UnsafeMutableBufferPointer(rebasing: buffer[..<charges.count])
            join(touches)
            lock(touches)
            defer { unlock(touches) }
            return settle(touches, peek, &outcomes)
        }
    }

    private func touch(_ charge: Charge, at position: Int) -> Touch {
        let key = CounterKey(charge.counter, in: text, secret: store.secret)
        let missing = Reading(state: .empty(at: now), now: now, corrected: false)
        return Touch(
            key: key,
            shard: store.shardNumber(key),
            leader: position,
            cost: charge.cost,
            before: missing,
            after: missing
        )
    }

    /// Adds up charges on the same counter. Sums of what a check may come to fit an Int64, so they are exact.
    private func join(_ touches: Touches) {
        for position in 1..<max(1, touches.count) {
            for earlier in 0..<position where touches[earlier].key == touches[position].key {
                touches[position].leader = earlier
                touches[earlier].cost += touches[position].cost
                break
            }
        }
    }

    private func lock(_ touches: Touches) {
        var locked = -1
        while let next = touches.lazy.map(\.shard).filter({ $0 > locked }).min() {
            store.shards[next].lock()
            locked = next
        }
    }

    private func unlock(_ touches: Touches) {
        for (position, touch) in touches.enumerated()
        where !touches[..<position].contains(where: { $0.shard == touch.shard }) {
            store.shards[touch.shard].unlock()
        }
    }
}

extension AtomicCheck {
    private mutating func settle(_ touches: Touches, _ peek: Bool, _ outcomes: inout [Outcome]) -> Bool {
        let admitted = judge(touches)
        for (position, charge) in charges.enumerated() {
            let touch = touches[position]
            let cost = touches[touch.leader].cost
            let base = touches[slowest(touch.leader, touches)].before
            let charged = admitted && !peek && base.isChanged(by: cost) && counts(touch.leader, touches)
            let after = charged ? base.charged(cost, charge.limit) : touch.before
            touches[position].after = after
            let shard = store.shards[touch.shard]
            outcomes[charges.startIndex + position] = Outcome(
                before: touch.before,
                after: after,
                fits: touch.fits,
                cost: cost,
                limit: charge.limit,
                retry: shard.table.retry(cost, at: shard.table.find(touch.key), charge.limit, now: now)
            )
            if touch.leader == position, !peek, charged || touch.before.corrected {
                let reset = outcomes[charges.startIndex + position].reset
                leave(touches[position], position, cost: charged ? cost : 0, fullIn: reset)
            }
            if touch.leader == position, admitted, !peek, counts(position, touches) {
                hold(touches[position], position, under: slowest(position, touches), cost: cost)
            }
        }
        return admitted
    }

    /// Reads all counters and says whether every limit admits its cost that is not a shadow.
    private func judge(_ touches: Touches) -> Bool {
        var admitted = true
        for (position, charge) in charges.enumerated() {
            let touch = touches[position]
            let shard = store.shards[touch.shard]
            let before = shard.table.reading(at: shard.table.find(touch.key), charge.limit, now: now)
            touches[position].before = before
            touches[position].fits = charge.cost < 0 || before.admits(touches[touch.leader].cost, charge.limit)
            admitted = admitted && (touches[position].fits || charge.shadow)
        }
        return admitted
    }

    /// Whether an admitted check charges this counter: not if all of its charges are shadows of which one did not fit.
    private func counts(_ leader: Int, _ touches: Touches) -> Bool {
        var allFit = true
        for position in leader..<touches.count where touches[position].leader == leader {
            if !charges[charges.startIndex + position].shadow { return true }
            allFit = allFit && touches[position].fits
        }
        return allFit
    }

    /// The charge whose reading a group goes on from: of buckets with several rates that of the slowest, which no limit
    /// of the group has refilled faster than it may.
    private func slowest(_ leader: Int, _ touches: Touches) -> Int {
        var slowest = leader
        for position in leader..<touches.count where touches[position].leader == leader {
            let limits = (charges[charges.startIndex + position].limit, charges[charges.startIndex + slowest].limit)
            if limits.0.count < limits.1.count { slowest = position }
        }
        return slowest
    }

    private func leave(_ touch: Touch, _ position: Int, cost: Int64, fullIn reset: Microseconds) {
        let shard = store.shards[touch.shard]
        let limit = charges[charges.startIndex + position].limit
        let place = shard.table.find(touch.key)
        shard.table.write(
            touch.key,
            at: place,
            touch.after,
            limit,
            cost: cost,
            lease: lease?.id,
            fullIn: reset
        )
    }

    /// Notes what a lease holds of a counter, under the limit that refills it the slowest. An estimate of nothing is
    /// noted too, for what is used after all.
    private mutating func hold(_ touch: Touch, _ position: Int, under slowest: Int, cost: Int64) {
        let limit = charges[charges.startIndex + slowest].limit
        guard lease != nil, cost > 0 || cost == 0 && limit.algorithm != .concurrency else { return }
        let held = HeldCharge(
            key: touch.key.bytes,
            limit: limit,
            amount: min(cost, Amount.max),
            after: touch.after
        )
        granted.append(GrantedCharge(charge: charges.startIndex + position, held: held))
    }
}
