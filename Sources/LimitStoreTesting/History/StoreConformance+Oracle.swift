import LimitCore

extension StoreConformance {
    /// Tells the store and the oracle the same random history; every part of every answer must be equal.
    ///
    /// A difference is reported with the seed, the step, both answers and the shortest history that shows it.
    package func compareWithOracle(seed: UInt64, checks: Int = 20_000) async throws -> Coverage {
        let store = try await makeStore()
        var generator = HistoryGenerator(seed: seed, except: gaps)
        var history: [Step] = []
        while generator.coverage.checks < checks {
            let (step, expected) = generator.next(atMost: checks - generator.coverage.checks)
            history.append(step)
            store.clock.set(step.now)
            let found = try await store.decide(step.checks)
            guard found != expected else { continue }
            let position = zip(expected, found).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
            let difference = Difference(
                step: history.count - 1,
                position: position,
                check: step.checks[position],
                expected: expected[position],
                found: position < found.count ? found[position] : nil
            )
            throw try await violation(difference, seed: seed, history)
        }
        return generator.coverage
    }

    private func violation(_ difference: Difference, seed: UInt64, _ history: [Step]) async throws -> Violation {
        var text = """
            seed \(seed), step \(difference.step), check \(difference.position): \(difference.check)
              expected \(difference.expected)
              found    \(difference.found?.description ?? "no answer")

            """
        guard var shrinker = try await Shrinker(history, makeStore: makeStore) else {
            return Violation(text + "The checks of the history, asked one by one, show no difference.")
        }
        try await shrinker.run()
        text += "Shortest history found:\n"
        let start = shrinker.moments.first?.now ?? 0
        for moment in shrinker.moments { text += "  at \(moment.now - start): \(moment.check)\n" }
        text += "  expected \(shrinker.difference.expected)\n"
        text += "  found    \(shrinker.difference.found?.description ?? "no answer")"
        return Violation(text)
    }
}
