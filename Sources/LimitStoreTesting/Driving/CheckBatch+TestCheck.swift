package import LimitCore

extension CheckBatch {
    /// A batch as a lane would have filled it: checks asked, priced and waiting for a store.
    package convenience init(_ checks: [TestCheck]) {
        self.init()
        for check in checks { append(check) }
    }

    /// Whether the store has answered every check.
    package var isDecided: Bool { results.count == priced.count && !results.contains(.pending) }

    /// The store's answers, one a check.
    package var answers: [Answer] {
        priced.enumerated().map { check, range in
            Answer(results[check], Array(outcomes[range]), grant: grants[check].map { grant($0, of: range) })
        }
    }

    private func grant(_ grant: LeaseGrant, of charges: Range<Int>) -> TestGrant {
        var held: [Int: HeldCharge] = [:]
        for charge in self.held[grant.held] { held[charge.charge - charges.lowerBound] = charge.held }
        return TestGrant(expiry: grant.expiry, amounts: held.mapValues(\.amount), held: held)
    }

    private func append(_ check: TestCheck) {
        if let lease = check.lease { leases[priced.count] = lease }
        ask(peek: check.peek)
        let first = charges.count
        for charge in check.charges {
            charges.append(
                Charge(
                    counter: append(charge.counter),
                    limit: charge.limit,
                    cost: charge.cost,
                    shadow: charge.shadow
                )
            )
        }
        priced.append(first..<charges.count)
        deadlines.append(.max)
    }

    private func ask(peek: Bool) {
        questions.begin()
        do throws(InvalidField) {
            try questions.setClient("client".utf8.span)
            try questions.setRoute("/route".utf8.span)
            questions.setFlags(peek: peek, allLimits: true)
            _ = try questions.end()
        } catch {
            preconditionFailure("a test's own question breaks a bound: \(error)")
        }
    }

    /// Every charge writes its counter's bytes anew, so a store that compares ranges instead of bytes is found out.
    private func append(_ counter: CounterName) -> Counter {
        Counter(
            name: questions.append(counter.name.utf8.span),
            digest: NameDigest(counter.name.utf8.span),
            client: questions.append(counter.client.utf8.span),
            scope: questions.append(counter.scope.utf8.span)
        )
    }
}
