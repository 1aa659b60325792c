import DecisionService
package import LimitCore

/// What policies would have done to the calls of a log. Of each row's counts there is one for each policy.
package struct ReplayReport: Sendable {
    /// What is known of the log itself.
    package struct Facts: Sendable, Equatable {
        package var calls = 0
        package var first: Microseconds = .max
        package var last: Microseconds = 0
        package var badLines = 0
        package var firstBadLine: String?
        /// Calls that were earlier than the one before by more than a minute, and the largest such step.
        package var stepsBack = 0
        package var largestStepBack: Microseconds = 0
        /// Columns or members that are no part of a call.
        package var unusedNames: [String] = []

        mutating func count(_ time: Microseconds, stepBack: Microseconds) {
            calls += 1
            first = min(first, time)
            last = max(last, time)
            guard stepBack > Replay.smallStepBack else { return }
            stepsBack += 1
            largestStepBack = max(largestStepBack, stepBack)
        }
    }

    /// The calls of a client, a route or an hour.
    package struct Row: Sendable, Equatable {
        /// Bytes of the log for clients and routes, in UTF-8; nil for all those that there was no room for.
        package var name: [UInt8]?
        /// The start of an hour; 0 for names.
        package var hour: Microseconds = 0
        package var counts: [VerdictCounts]

        package var calls: Int { counts.first?.calls ?? 0 }
        package func isRefused() -> Bool { counts.contains { $0.refused > 0 } }
    }

    /// What refused calls, and how many.
    package struct Refusal: Sendable, Equatable {
        /// `<rule>/<limit>`, or the rule that forbids; empty where no rule does.
        package var name: String
        package var reason: Reason
        package var count: Int
    }

    package struct PolicyTotals: Sendable, Equatable {
        package var total: VerdictCounts
        /// Most first.
        package var refusals: [Refusal]
        /// Charges that limits in shadow would have refused.
        package var shadowLimited: Int
        /// Counters that were forgotten for lack of room while they still counted.
        package var evictions: Int
        /// Calls that the policy could not answer.
        package var failures: Int
    }

    package var facts: Facts
    package var policies: [PolicyTotals]
    /// Those with a refusal, most of them first; under two policies those that differ most.
    package var clients: [Row]
    package var routes: [Row]
    /// All hours of the log, in their order.
    package var hours: [Row]
    /// How many there are, refused or not.
    package var clientCount: Int
    package var routeCount: Int
}

extension ReplayReport {
    /// The rows of one kind, and how many names there are.
    typealias Named = (rows: [Row], count: Int)

    init(facts: Facts, policies: [PolicyTotals], clients: Named, routes: Named, hours: [Row]) {
        self.init(
            facts: facts,
            policies: policies,
            clients: clients.rows,
            routes: routes.rows,
            hours: hours,
            clientCount: clients.count,
            routeCount: routes.count
        )
    }

    static func rows(_ counts: [[VerdictCounts]], _ names: NameTable) -> Named {
        var rows: [Row] = []
        for number in 0..<names.count {
            let row = Row(
                name: number == NameTable.others ? nil : Array(names[number]),
                counts: counts.map { number < $0.count ? $0[number] : VerdictCounts() }
            )
            if row.isRefused() { rows.append(row) }
        }
        rows.sort { precedes($0, $1) }
        return (rows, names.count - 1)
    }

    static func rows(_ counts: [[VerdictCounts]], _ hours: HourTable) -> [Row] {
        let rows = hours.starts.indices.map { number in
            Row(hour: hours.starts[number], counts: counts.map { number < $0.count ? $0[number] : VerdictCounts() })
        }
        return rows.filter { $0.calls > 0 }.sorted { $0.hour < $1.hour }
    }

    private static func precedes(_ a: Row, _ b: Row) -> Bool {
        let (left, right) = (weight(a), weight(b))
        if left != right { return left > right }
        return (a.name ?? []).lexicographicallyPrecedes(b.name ?? [])
    }

    /// How much a row says: under two policies their difference first.
    static func weight(_ row: Row) -> (Int, Int) {
        let refused = row.counts.map(\.refused)
        let difference = refused.count > 1 ? abs(refused[1] - refused[0]) : 0
        return (difference, refused.reduce(0, +))
    }
}

extension ReplayReport.PolicyTotals {
    init(_ gate: DrivenGate, _ tally: ReplayTally) {
        total = tally.total
        refusals = tally.refusals.map { .init(name: $0.key.name, reason: $0.key.reason, count: $0.value) }
            .sorted { ($1.count, $0.name, $0.reason.word) < ($0.count, $1.name, $1.reason.word) }
        shadowLimited = gate.lane.tally.named(under: gate.policy).values.reduce(0) { $0 + $1.shadowLimited }
        evictions = gate.evictions
        failures = tally.failures
    }
}
