package import LimitCore

/// A lease as its token carries it: everything it takes to settle it, wherever it was granted.
package struct Lease: Sendable, Equatable {
    /// Which counters a lease is about.
    package enum Home: Sendable, Equatable {
        /// Those of the shared store: any daemon can settle it.
        case shared
        /// Those in the memory of one daemon, as long as that daemon runs.
        case daemon(UInt64)
    }

    package struct Part: Sendable, Equatable {
        /// What the call's usage must name to change it; empty where only cancelling does.
        package var unit: String
        /// How often the usage counts, for limits that come to the same counter.
        package var times: Int64
        package var held: HeldCharge

        package init(unit: String, times: Int64 = 1, held: HeldCharge) {
            self.unit = unit
            self.times = times
            self.held = held
        }
    }

    package var id: UInt64
    package var home: Home
    /// By the clock of its store.
    package var expiry: Microseconds
    /// How long it lasts without a sign of life.
    package var time: Microseconds
    package var parts: [Part]

    package init(id: UInt64, home: Home, expiry: Microseconds, time: Microseconds, parts: [Part]) {
        self.id = id
        self.home = home
        self.expiry = expiry
        self.time = time
        self.parts = parts
    }
}

extension Lease {
    /// Ends the lease with what was used; a unit left out keeps its estimate. `cancel`: the call never happened.
    package func settlement(
        usage: [UnitAmount],
        cancel: Bool,
        deadline: Microseconds
    ) -> LeaseOperation {
        operation(ends: true, targets: parts.map { cancel ? 0 : $0.target(usage) }, deadline)
    }

    /// Keeps the lease, with what has been used so far in all.
    package func renewal(usage: [UnitAmount], deadline: Microseconds) -> LeaseOperation {
        operation(ends: false, targets: parts.map { $0.target(usage) }, deadline)
    }

    private func operation(ends: Bool, targets: [Int64?], _ deadline: Microseconds) -> LeaseOperation {
        LeaseOperation(
            id: id,
            ends: ends,
            expiry: expiry,
            time: time,
            charges: parts.map(\.held),
            targets: targets,
            deadline: deadline
        )
    }
}

extension Lease.Part {
    fileprivate func target(_ usage: [UnitAmount]) -> Int64? {
        guard !unit.isEmpty, held.limit.algorithm != .concurrency else { return nil }
        guard let used = usage.first(where: { $0.unit.utf8.elementsEqual(unit.utf8) }) else { return nil }
        let (target, overflow) = used.amount.multipliedReportingOverflow(by: times)
        return overflow ? Amount.max : min(target, Amount.max)
    }
}
