import LimitCore

/// The checks of one script call as the script sees them: counters once, limits once, and identical checks merged into
/// one entry with several calls.
///
/// Merging keeps the order that counts: a check joins the entry of an earlier one only if nothing since has touched
/// any of their counters. So the answers are those of deciding the checks one by one.
struct DecisionPlan {
    /// One charge as the script sees it.
    struct PlannedCharge: Equatable {
        var counter: UInt16
        var limit: UInt16
        var cost: Int64
        var shadow: Bool
    }

    /// A check, or several identical ones.
    struct Entry {
        var charges: Range<Int>
        var calls = 1
        var peek: Bool
        /// Several charges are on one counter.
        var joined: Bool
        /// A check of it is a part of one over several slots, which may have to be given back.
        var isPart: Bool
        /// From its charge on it is known what comes back to its buckets.
        var tracks: Bool
        /// The first and the last of its checks, see `next`.
        var first: Int
        var last: Int
    }

    private(set) var index = CounterIndex()
    private(set) var limits: [Limit] = []
    private(set) var charges: [PlannedCharge] = []
    private(set) var entries: [Entry] = []
    private(set) var steps: [PlannedStep] = []
    /// By check, of those that carry a lease.
    private(set) var leases: [Int: LeaseTerms] = [:]
    private(set) var prefixLength = 0
    /// What the script has to do beside what every check costs, in checks.
    private(set) var burden = 0
    /// By check: the next one of the same entry, or -1.
    private(set) var next: [Int] = []
    /// By counter: the last entry that has it.
    private var lastEntry: [Int] = []

    init() {}

    var checkCount: Int { next.count }

    mutating func removeAll() {
        index.removeAll()
        limits.removeAll(keepingCapacity: true)
        charges.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        steps.removeAll(keepingCapacity: true)
        if !leases.isEmpty { leases.removeAll(keepingCapacity: true) }
        burden = 0
        next.removeAll(keepingCapacity: true)
        lastEntry.removeAll(keepingCapacity: true)
    }

    /// Adds what is to be done with a lease, in the place of a check, which counts as admitted.
    mutating func add(_ step: LeaseStep, keys: CounterKeys) {
        let check = next.count
        next.append(-1)
        var planned = PlannedStep(check: check, record: nil, step: step, counters: [], limits: [])
        if step.hasRecord {
            planned.record = position { keys.append(recordOf: step.operation, to: &$0) }
        }
        for (charge, isHere) in zip(step.operation.charges, step.isHere) {
            planned.limits.append(UInt16(position(of: charge.limit)))
            planned.counters.append(isHere ? position { keys.append(held: charge.key, to: &$0) } : nil)
            if isHere { burden += Self.burden(of: charge.limit) * Self.changesPerRead }
        }
        steps.append(planned)
    }

    private mutating func position(_ write: (inout [UInt8]) -> Void) -> UInt16 {
        let counter = index.position(write)
        if counter == lastEntry.count { lastEntry.append(-1) }
        return UInt16(counter)
    }

    /// Logs and slots are read and written whole.
    private static func burden(of limit: Limit) -> Int {
        guard limit.isSummarized else { return 0 }
        return Int(min(limit.capacity, SlidingLog.largestCount)) / entriesPerCheck
    }

    /// Measured: so many entries take the script as long as a check.
    private static let entriesPerCheck = 120
    /// To give back to a log changes up to half of its entries one by one.
    private static let changesPerRead = 3

    /// Adds a check of a batch; it has at least one charge.
    mutating func add(_ check: Int, of batch: CheckBatch, isPart: Bool = false, keys: inout CounterKeys) {
        let start = charges.count
        for charge in batch.charges[batch.priced[check]] { append(charge, batch.questions.text, &keys) }
        let position = next.count
        next.append(-1)
        let peek = batch.questions.checks[check].peek
        let added = start..<charges.count
        prefixLength = keys.prefixLength
        if !batch.leases.isEmpty, let terms = batch.leases[check] { leases[position] = terms }
        let tracks = (isPart || leases[position] != nil) && charges[added].contains { isBucket($0) }
        if !peek, let entry = mergeable(added) {
            charges.removeLast(added.count)
            next[entries[entry].last] = position
            entries[entry].last = position
            entries[entry].calls += 1
            entries[entry].isPart = entries[entry].isPart || isPart
            entries[entry].tracks = entries[entry].tracks || tracks
            return
        }
        for charge in charges[added] { lastEntry[Int(charge.counter)] = entries.count }
        let joined = isJoined(added)
        entries.append(
            Entry(
                charges: added,
                peek: peek,
                joined: joined,
                isPart: isPart,
                tracks: tracks,
                first: position,
                last: position
            )
        )
    }

    private func isBucket(_ charge: PlannedCharge) -> Bool { limits[Int(charge.limit)].algorithm == .tokenBucket }

    private mutating func append(_ charge: Charge, _ text: [UInt8], _ keys: inout CounterKeys) {
        let counter = index.position { keys.append(charge.counter, in: text, to: &$0) }
        if counter == lastEntry.count {
            lastEntry.append(-1)
            burden += Self.burden(of: charge.limit)
        }
        charges.append(
            PlannedCharge(
                counter: UInt16(counter),
                limit: UInt16(position(of: charge.limit)),
                cost: charge.cost,
                shadow: charge.shadow
            )
        )
    }

    /// The limit's position; one further back than a few is added again, which is cheaper than to search for it.
    private mutating func position(of limit: Limit) -> Int {
        for position in limits.indices.suffix(8).reversed() where limits[position] == limit { return position }
        limits.append(limit)
        return limits.count - 1
    }

    private func mergeable(_ added: Range<Int>) -> Int? {
        let entry = lastEntry[Int(charges[added.lowerBound].counter)]
        guard entry >= 0 else { return nil }
        let candidate = entries[entry]
        guard !candidate.peek, !candidate.joined, candidate.calls < 4096 else { return nil }
        guard charges[candidate.charges].elementsEqual(charges[added]) else { return nil }
        return charges[added].allSatisfy { lastEntry[Int($0.counter)] == entry } ? entry : nil
    }

    private func isJoined(_ added: Range<Int>) -> Bool {
        for position in added.dropFirst() {
            for earlier in added.lowerBound..<position where charges[earlier].counter == charges[position].counter {
                return true
            }
        }
        return false
    }
}
