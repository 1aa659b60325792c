import LimitCore

/// Makes a failing history short: what can be left out, is.
struct Shrinker {
    let makeStore: StoreConformance.MakeStore
    private(set) var moments: [Replay.Moment]
    private(set) var difference: Difference
    private var replays = 0
    private static let mostReplays = 400

    /// Nil where the history does not fail when its inquiries come one by one.
    init?(_ steps: [Step], makeStore: @escaping StoreConformance.MakeStore) async throws {
        self.makeStore = makeStore
        moments = steps.flatMap { step in step.inquiries.map { Replay.Moment(now: step.now, inquiry: $0) } }
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

    /// Tries the history of the failing inquiry's counters alone.
    private mutating func keepRelated() async throws {
        let counters = Set(checks.filter { isAsked($0, by: difference.inquiry) }.flatMap { $0.charges.map(\.counter) })
        let related = checks.filter { check in check.charges.contains { counters.contains($0.counter) } }
        let leases = Set(related.compactMap(\.lease?.id))
        _ = try await accept(
            moments.filter { moment in
                switch moment.inquiry {
                case .check(let check): check.charges.contains { counters.contains($0.counter) }
                case .operation(let operation): leases.contains(operation.lease)
                }
            }
        )
    }

    private var checks: [TestCheck] {
        moments.compactMap { if case .check(let check) = $0.inquiry { check } else { nil } }
    }

    private func isAsked(_ check: TestCheck, by inquiry: Inquiry) -> Bool {
        switch inquiry {
        case .check(let asked): asked == check
        case .operation(let operation): operation.lease == check.lease?.id
        }
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
        for index in moments.indices.reversed() {
            var charge = 0
            while index < moments.count, case .check(var check) = moments[index].inquiry,
                check.charges.count > 1, charge < check.charges.count
            {
                check.charges.remove(at: charge)
                var candidate = moments
                candidate[index].inquiry = .check(check)
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
