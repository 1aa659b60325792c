package import LimitCore

/// A counter by the three parts of its name, as text.
package struct CounterName: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    package var client: String
    package var scope: String

    package init(_ name: String, client: String = "ann", scope: String = "") {
        self.name = name
        self.client = client
        self.scope = scope
    }

    package var description: String { "\(name)|\(client)|\(scope)" }
}

/// One charge of a check, as a value.
package struct TestCharge: Sendable, Equatable, CustomStringConvertible {
    package var counter: CounterName
    package var limit: Limit
    package var cost: Int64
    package var shadow: Bool

    package init(_ counter: CounterName, _ limit: Limit, cost: Int64 = 1, shadow: Bool = false) {
        self.counter = counter
        self.limit = limit
        self.cost = cost
        self.shadow = shadow
    }

    package var description: String {
        "\(cost) on \(counter) under \(limit.summary)\(shadow ? " in shadow" : "")"
    }
}

/// One check, as a value: it can be kept, compared, sent and printed.
package struct TestCheck: Sendable, Equatable, CustomStringConvertible {
    package var charges: [TestCharge]
    package var peek: Bool
    /// The lease that it asks for; needed where it takes a slot.
    package var lease: LeaseTerms?

    package init(_ charges: [TestCharge], peek: Bool = false, lease: LeaseTerms? = nil) {
        self.charges = charges
        self.peek = peek
        self.lease = lease
    }

    package init(_ charges: TestCharge..., peek: Bool = false, lease: LeaseTerms? = nil) {
        self.init(charges, peek: peek, lease: lease)
    }

    /// The same question without the charge.
    package var peeking: TestCheck { TestCheck(charges, peek: true, lease: lease) }

    package var description: String {
        let lease = lease.map { " for lease \($0.id) of \($0.time)us" } ?? ""
        return (peek ? "peek [" : "check [") + charges.map(\.description).joined(separator: "; ") + "]" + lease
    }
}

/// What became of one check: the verdict, and by charge what the store found.
package struct Answer: Sendable, Equatable, CustomStringConvertible {
    package var result: CheckResult
    package var outcomes: [Outcome]
    /// The lease that was granted with it.
    package var grant: TestGrant?

    package init(_ result: CheckResult, _ outcomes: [Outcome], grant: TestGrant? = nil) {
        self.result = result
        self.outcomes = outcomes
        self.grant = grant
    }

    package var description: String {
        let grant = grant.map { " with a lease until \($0.expiry) on \($0.amounts)" } ?? ""
        return "\(result) [" + outcomes.map(\.summary).joined(separator: "; ") + "]" + grant
    }
}

extension Limit {
    /// The limit in one line: `token-bucket 5/1000us capacity 10`.
    package var summary: String {
        var text = "\(algorithm.name) \(count)/\(window)us"
        if let calendar { text += " by the \(calendar.name)" }
        if capacity != count { text += " capacity \(capacity)" }
        if ceiling != capacity { text += " ceiling \(ceiling)" }
        return overdraft ? text + " overdraft" : text
    }
}

extension Outcome {
    /// The outcome in one line.
    package var summary: String {
        "\(limited ? "limited" : "fits") remaining \(remaining) reset \(reset) retry \(retry)"
    }
}
