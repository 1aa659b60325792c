package import LimitCore

/// The answers a store must give, by brute force: slow, exact, and written from the definitions alone.
///
/// Where the definitions leave something open:
/// - Every check that is no peek writes a clock correction back, one of cost 0 too; else a debt whose holder only asks
///   with cost 0 would never end after a step back.
/// - Charges of a check on one counter are shadows together or not at all; shadows are charged where all of them fit.
/// - A charge that gives back fits, whatever the others on its counter come to; a lease holds nothing of a counter that
///   a check gives back to. Where there is nothing to give back the counter is not written.
/// - Of charges of several rates on one bucket, the slowest rate refills it.
/// - Costs are added up exactly; only what is spent saturates.
/// - Charges of a lease on one counter are one, under the slowest of their rates.
/// - A lease operation writes a counter only where it charges, gives back, frees or keeps something. What is given back
///   or freed is all that this changes; a counter of which nothing counts then is as new.
package struct Oracle: Sendable {
    var counters: [CounterName: OracleCounter] = [:]
    var leases: [UInt64: OracleLease] = [:]
    private var clock: Int128 = .min

    package init() {}

    /// Decides a check in one step and remembers what it charged.
    package mutating func decide(_ check: TestCheck, at instant: Microseconds) -> Answer {
        let now = Int128(instant)
        look(at: now)
        var after = corrected(check, now)
        let judged = check.charges.map { judge($0, in: check, after, now) }
        let admitted = zip(check.charges, judged).allSatisfy { $0.shadow || $1.fits }
        var grant: TestGrant?
        if admitted, !check.peek { grant = charge(check, judged, &after, now) }
        let outcomes = zip(check.charges, judged).map { charge, judged in
            outcome(charge, judged, corrected(check, now), after, now)
        }
        if !check.peek { write(check, after, now) }
        return Answer(admitted ? .admitted : .refused, outcomes, grant: grant)
    }

    /// Whether the answer depends on a counter that was empty for a while and counts again, because the clock stepped
    /// back or the rate was lowered. A store may have thrown it away, so no rule says what the answer is.
    package func mayBeForgotten(_ charge: TestCharge, at instant: Microseconds) -> Bool {
        guard let counter = counters[charge.counter] else { return false }
        let now = Int128(instant)
        guard max(counter.latest, now) >= counter.emptyFrom else { return false }
        var copy = counter
        copy.correct(at: now, charge.limit)
        return copy.used(at: now, charge.limit) > 0
    }

    /// What counts against the limit of a charge.
    package func used(_ charge: TestCharge, at instant: Microseconds) -> Int64 {
        guard var counter = counters[charge.counter] else { return 0 }
        counter.correct(at: Int128(instant), charge.limit)
        return Int64(counter.used(at: Int128(instant), charge.limit))
    }
}

extension Oracle {
    private typealias Counters = [CounterName: OracleCounter]

    private struct Judgement {
        var cost: Int128
        var fits: Bool
    }

    /// Any counter may be thrown away while the clock stands where nothing of it counts.
    mutating func look(at now: Int128) {
        if now == clock { return }
        clock = now
        for index in counters.values.indices { counters.values[index].see(now) }
        for index in leases.values.indices { leases.values[index].latest = max(leases.values[index].latest, now) }
    }

    private func corrected(_ check: TestCheck, _ now: Int128) -> Counters {
        var result: Counters = [:]
        for charge in check.charges {
            var counter = counters[charge.counter] ?? OracleCounter(charge.limit.algorithm)
            counter.correct(at: now, charge.limit)
            result[charge.counter] = counter
        }
        return result
    }

    private func judge(_ charge: TestCharge, in check: TestCheck, _ counters: Counters, _ now: Int128) -> Judgement {
        let beside = check.charges.filter { $0.counter == charge.counter }
        precondition(beside.allSatisfy { $0.shadow == charge.shadow }, "shadow and enforced on one counter: \(check)")
        let cost = beside.reduce(Int128(0)) { $0 + Int128($1.cost) }
        let fits = counters[charge.counter]?.admits(cost, at: now, charge.limit) ?? false
        return Judgement(cost: cost, fits: fits || charge.cost < 0)
    }

    /// Charges what fits and grants the lease that the check asks for. It holds a cost of 0 too, for what is used
    /// after all.
    private mutating func charge(
        _ check: TestCheck,
        _ judged: [Judgement],
        _ counters: inout Counters,
        _ now: Int128
    ) -> TestGrant? {
        var holds: [Int: OracleLease.Hold] = [:]
        for name in counters.keys {
            let group = zip(check.charges, judged).filter { $0.0.counter == name }
            guard group.allSatisfy({ $0.1.fits }), let cost = group.first?.1.cost else { continue }
            let slowest = group.map(\.0.limit).min { $0.count < $1.count }
            guard let slowest, let first = check.charges.firstIndex(where: { $0.counter == name }) else { continue }
            let slot = check.lease?.id ?? 0
            if cost == 0, slowest.algorithm == .concurrency { continue }
            if cost < 0 {
                counters[name]?.takeBack(-cost, at: now, slowest)
                continue
            }
            let charged = cost > 0 ? counters[name]?.charge(cost, at: now, slowest, slot: slot) : ChargeMark(stamp: 0)
            guard let mark = charged else { continue }
            let held = min(cost, largestAmount)
            holds[first] = OracleLease.Hold(counter: name, limit: slowest, first: held, held: held, mark: mark)
        }
        guard let terms = check.lease else { return nil }
        let expiry = now + Int128(terms.time)
        leases[terms.id] = OracleLease(
            holds: holds.sorted { $0.key < $1.key }.map(\.value),
            time: terms.time,
            granted: expiry
        )
        return TestGrant(expiry: Int64(expiry), amounts: holds.mapValues { Int64($0.held) })
    }

    private func outcome(
        _ charge: TestCharge,
        _ judged: Judgement,
        _ before: Counters,
        _ after: Counters,
        _ now: Int128
    ) -> Outcome {
        guard let before = before[charge.counter], let after = after[charge.counter] else {
            preconditionFailure("a charge without its counter")
        }
        return Outcome(
            limited: !judged.fits,
            remaining: Int64(after.remaining(at: now, charge.limit)),
            reset: Int64(after.reset(at: now, charge.limit)),
            retry: judged.fits ? .after(0) : before.retry(judged.cost, at: now, charge.limit)
        )
    }

    private mutating func write(_ check: TestCheck, _ after: Counters, _ now: Int128) {
        for (name, counter) in after where counter.isChanged {
            var written = counter
            let waits = check.charges.filter { $0.counter == name }.map { counter.reset(at: now, $0.limit) }
            written.written(at: now, emptyAfter: waits.min() ?? 0)
            counters[name] = written
        }
    }
}
