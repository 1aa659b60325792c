import LimitCore

/// A history of single checks, told to a fresh store and a fresh oracle side by side.
struct Replay: Sendable {
    struct Moment: Sendable {
        var now: Microseconds
        var check: TestCheck
    }

    /// Where the store first differs; nil where it does not, or where no rule says what it must answer.
    static func difference(_ moments: [Moment], _ store: StoreUnderTest) async throws -> Difference? {
        var oracle = Oracle()
        for (number, moment) in moments.enumerated() {
            if moment.check.charges.contains(where: { oracle.mayBeForgotten($0, at: moment.now) }) { return nil }
            let expected = oracle.decide(moment.check, at: moment.now)
            let found = try await store.decide(moment.check, at: moment.now)
            if found != expected {
                return Difference(step: number, position: 0, check: moment.check, expected: expected, found: found)
            }
        }
        return nil
    }
}

/// Makes a failing history short: what can be left out, is.
struct Shrinker {
    let makeStore: StoreConformance.MakeStore
    private(set) var moments: [Replay.Moment]
    private(set) var difference: Difference
    private var replays = 0
    private static let mostReplays = 400

    /// Nil where the history does not fail when its checks come one by one.
    init?(_ steps: [Step], makeStore: @escaping StoreConformance.MakeStore) async throws {
        self.makeStore = makeStore
        moments = steps.flatMap { step in step.checks.map { Replay.Moment(now: step.now, check: $0) } }
        guard let found = try await Replay.difference(moments, makeStore()) else { return nil }
        difference = found
        moments.removeLast(moments.count - found.step - 1)
    }

    mutating func run() async throws {
        try await keepRelated()
        var size = max(1, moments.count / 2)
        while true {
            let isShorter = try await removeMoments(by: size)
            if size == 1, !isShorter { break }
            size = max(1, size / 2)
        }
        try await removeCharges()
    }

    /// Tries the history of the failing check's counters alone.
    private mutating func keepRelated() async throws {
        let counters = Set(difference.check.charges.map(\.counter))
        let related = moments.filter { moment in moment.check.charges.contains { counters.contains($0.counter) } }
        _ = try await accept(related)
    }

    private mutating func removeMoments(by size: Int) async throws -> Bool {
        var isShorter = false
        var start = 0
        while start < moments.count {
            var candidate = moments
            candidate.removeSubrange(start..<min(start + size, moments.count))
            if try await accept(candidate) { isShorter = true } else { start += size }
        }
        return isShorter
    }

    private mutating func removeCharges() async throws {
        for index in moments.indices.reversed() where index < moments.count {
            var charge = 0
            while index < moments.count, charge < moments[index].check.charges.count {
                var candidate = moments
                candidate[index].check.charges.remove(at: charge)
                if try await !accept(candidate) { charge += 1 }
            }
        }
    }

    /// Takes the candidate where it fails too.
    private mutating func accept(_ candidate: [Replay.Moment]) async throws -> Bool {
        guard replays < Self.mostReplays else { return false }
        replays += 1
        guard let found = try await Replay.difference(candidate, makeStore()) else { return false }
        difference = found
        moments = Array(candidate[...found.step])
        return true
    }
}
