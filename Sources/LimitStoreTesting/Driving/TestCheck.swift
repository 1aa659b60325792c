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

    package init(_ charges: [TestCharge], peek: Bool = false) {
        self.charges = charges
        self.peek = peek
    }

    package init(_ charges: TestCharge..., peek: Bool = false) {
        self.init(charges, peek: peek)
    }

    /// The same question without the charge.
    package var peeking: TestCheck { TestCheck(charges, peek: true) }

    package var description: String {
        (peek ? "peek [" : "check [") + charges.map(\.description).joined(separator: "; ") + "]"
    }
}

/// What became of one check: the verdict, and by charge what the store found.
package struct Answer: Sendable, Equatable, CustomStringConvertible {
    package var result: CheckResult
    package var outcomes: [Outcome]

    package init(_ result: CheckResult, _ outcomes: [Outcome]) {
        self.result = result
        self.outcomes = outcomes
    }

    package var description: String {
        "\(result) [" + outcomes.map(\.summary).joined(separator: "; ") + "]"
    }
}

extension Limit {
    /// The limit in one line: `token-bucket 5/1000us capacity 10`.
    package var summary: String {
        var text = "\(algorithm.name) \(count)/\(window)us"
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
