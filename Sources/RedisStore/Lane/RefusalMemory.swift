import LimitCore

/// Refusals of the last second, by exact charge list: who asks again before it can be admitted is answered from here.
///
/// A refusal holds until it could be admitted, counted from when it was asked and not from when it was answered, and
/// for a second at most. So nothing ever has to be thrown out of it, and it is wrong by no more than that second where
/// something was given back.
struct RefusalMemory {
    private struct Entry {
        var mark: Mark
        var asked: Microseconds
        var until: Microseconds
        var outcomes: [Outcome]
    }

    /// A charge list by 128 bits of hash under keys that this process drew at its start.
    struct Mark: Equatable {
        var high: Int
        var low: Int
    }

    static let longest: Microseconds = 1_000_000
    private static let slots = 4096
    private var entries: [Entry?] = Array(repeating: nil, count: slots)
    private var emptyFrom: Microseconds = .min

    init() {}

    /// The outcomes of a check that is known to be refused, as they are now.
    func recall(_ check: Int, of batch: CheckBatch, now: Microseconds) -> [Outcome]? {
        guard now < emptyFrom, !batch.questions.checks[check].peek else { return nil }
        let mark = Self.mark(check, of: batch)
        guard let entry = entries[Self.slot(mark)], entry.mark == mark, now < entry.until else { return nil }
        return entry.outcomes.map { Self.aged($0, by: now - entry.asked) }
    }

    /// Remembers a refusal that was asked for at `asked`.
    mutating func remember(
        _ check: Int,
        of batch: CheckBatch,
        _ outcomes: ArraySlice<Outcome>,
        asked: Microseconds
    ) {
        guard !batch.questions.checks[check].peek else { return }
        let hold = Self.hold(batch.charges[batch.priced[check]], outcomes)
        guard hold > 0 else { return }
        let mark = Self.mark(check, of: batch)
        let until = asked + hold
        entries[Self.slot(mark)] = Entry(mark: mark, asked: asked, until: until, outcomes: Array(outcomes))
        emptyFrom = max(emptyFrom, until)
    }

    /// How long the refusal stands: until the last of the limits that refused lets it pass.
    private static func hold(_ charges: ArraySlice<Charge>, _ outcomes: ArraySlice<Outcome>) -> Microseconds {
        var hold: Microseconds = 0
        for (charge, outcome) in zip(charges, outcomes) where outcome.limited && !charge.shadow {
            if charge.limit.algorithm == .concurrency { return 0 }
            switch outcome.retry {
            case .never: return longest
            case .after(let wait): hold = max(hold, wait)
            }
        }
        return min(hold, longest)
    }

    private static func aged(_ outcome: Outcome, by age: Microseconds) -> Outcome {
        var aged = outcome
        aged.reset = max(0, outcome.reset - age)
        if case .after(let wait) = outcome.retry { aged.retry = .after(max(0, wait - age)) }
        return aged
    }

    private static func slot(_ mark: Mark) -> Int { mark.high & (slots - 1) }

    private static func mark(_ check: Int, of batch: CheckBatch) -> Mark {
        var high = Hasher()
        var low = Hasher()
        low.combine(1)
        for charge in batch.charges[batch.priced[check]] {
            add(charge, batch.questions.text, &high)
            add(charge, batch.questions.text, &low)
        }
        return Mark(high: high.finalize(), low: low.finalize())
    }

    private static func add(_ charge: Charge, _ text: [UInt8], _ hasher: inout Hasher) {
        hasher.combine(charge.cost)
        hasher.combine(charge.shadow)
        hasher.combine(charge.limit.algorithm.rawValue)
        hasher.combine(charge.limit.overdraft)
        hasher.combine(charge.limit.calendar?.rawValue)
        hasher.combine(charge.limit.window)
        hasher.combine(charge.limit.count)
        hasher.combine(charge.limit.capacity)
        hasher.combine(charge.limit.ceiling)
        text.withUnsafeBytes { text in
            for range in [charge.counter.name, charge.counter.client, charge.counter.scope] {
                hasher.combine(range.count)
                hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: text[range.indices]))
            }
        }
    }
}
