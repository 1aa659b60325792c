import LimitCore

extension StoreConformance {
    /// Tells the store and the oracle the same random history; every part of every answer must be equal.
    ///
    /// `operations` are checks and lease operations together. A difference is reported with the seed, the step, both
    /// answers and the shortest history that shows it.
    package func compareWithOracle(seed: UInt64, operations: Int = 20_000) async throws -> Coverage {
        let store = try await makeStore()
        var generator = HistoryGenerator(seed: seed, except: gaps)
        var book = LeaseBook()
        var history: [Step] = []
        while generator.coverage.operations < operations {
            let (step, expected) = generator.next(atMost: operations - generator.coverage.operations)
            history.append(step)
            let found = try await tell(step, store, &book)
            guard found != expected else { continue }
            let position = zip(expected, found).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
            let difference = Difference(
                step: history.count - 1,
                position: position,
                inquiry: step.inquiries[position],
                expected: expected[position],
                found: position < found.count ? found[position] : nil
            )
            throw try await violation(difference, seed: seed, history)
        }
        return generator.coverage
    }

    /// Asks the checks and then the operations, each as one batch.
    func tell(_ step: Step, _ store: StoreUnderTest, _ book: inout LeaseBook) async throws -> [Reply] {
        store.clock.set(step.now)
        let answers = step.checks.isEmpty ? [] : try await store.decide(step.checks)
        for (check, answer) in zip(step.checks, answers) { book.take(answer, to: check) }
        let asked = step.operations.compactMap { book.operation($0) }
        let results = asked.isEmpty ? [] : try await store.settle(asked)
        return answers.map(Reply.answer)
            + zip(step.operations, results).map { .result(book.take($0.1, of: $0.0)) }
    }

    private func violation(_ difference: Difference, seed: UInt64, _ history: [Step]) async throws -> Violation {
        var text = """
            seed \(seed), step \(difference.step), inquiry \(difference.position): \(difference.inquiry)
              expected \(difference.expected)
              found    \(difference.found?.description ?? "no answer")

            """
        guard var shrinker = try await Shrinker(history, makeStore: makeStore) else {
            return Violation(text + "The inquiries of the history, asked one by one, show no difference.")
        }
        try await shrinker.run()
        text += "Shortest history found:\n"
        let start = shrinker.moments.first?.now ?? 0
        for moment in shrinker.moments { text += "  at \(moment.now - start): \(moment.inquiry)\n" }
        text += "  expected \(shrinker.difference.expected)\n"
        text += "  found    \(shrinker.difference.found?.description ?? "no answer")"
        return Violation(text)
    }
}
