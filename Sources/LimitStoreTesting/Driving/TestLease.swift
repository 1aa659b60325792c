package import LimitCore

/// The lease that a store granted with a check, as a value.
package struct TestGrant: Sendable, Equatable {
    package var expiry: Microseconds
    /// What was charged, by place of the charge in its check: the first of those on one counter.
    package var amounts: [Int: Int64]
    /// The same as the store wants it back. Every store has its own way of it, so it is not compared.
    var held: [Int: HeldCharge] = [:]

    package static func == (one: TestGrant, other: TestGrant) -> Bool {
        one.expiry == other.expiry && one.amounts == other.amounts
    }
}

/// What a test does with a lease it was granted.
package struct TestOperation: Sendable, Equatable, CustomStringConvertible {
    package var lease: UInt64
    /// Settles it; else it is renewed.
    package var ends: Bool
    /// What the counters are to hold; those left out keep what they do.
    package var targets: [CounterName: Int64]
    /// What a renewal adds from now.
    package var time: Microseconds
    /// Shows the lease as it was first handed out, also after renewals.
    package var isOldToken: Bool

    package init(
        _ lease: UInt64,
        ends: Bool,
        _ targets: [CounterName: Int64] = [:],
        time: Microseconds = 0,
        isOldToken: Bool = false
    ) {
        self.lease = lease
        self.ends = ends
        self.targets = targets
        self.time = time
        self.isOldToken = isOldToken
    }

    package var description: String {
        let targets = targets.map { "\($1) on \($0)" }.sorted().joined(separator: "; ")
        return
            "\(ends ? "settle" : "renew for \(time)us") lease \(lease) [\(targets)]\(isOldToken ? " as granted" : "")"
    }
}
