internal import LimitCore

/// What operators have decided, as pricing reads it: compiled for one policy, never changed.
package final class OperatorTable: Sendable {
    /// A client's part of it. An end of `.max` is none.
    struct Ruling: Sendable {
        struct Number: Sendable {
            /// In `Policy.limits`.
            var source: Int
            var numbers: TierNumbers
            var until: Microseconds
        }

        var message = ""
        /// 0 where the client is not blocked.
        var blockedUntil: Microseconds = 0
        /// In `Policy.tiers`; nil for a name that the policy does not have.
        var tier: Int?
        /// 0 where no tier is assigned.
        var tierUntil: Microseconds = 0
        var numbers: [Number] = []
        /// What the scope of the client's counters ends with; empty before the first reset.
        var generation: [UInt8] = []
    }

    package static let empty = OperatorTable()

    let rulings: [Ruling]
    var isEmpty: Bool { rulings.isEmpty }
    private let digests: ByteMap

    private init() {
        rulings = []
        digests = ByteMap([])
    }

    /// Overrides of limits that the policy does not have, or that are not counted by client, have no effect.
    package init(_ clients: [ClientDigest: OperatorEntry], for policy: Policy) {
        let compiler = RulingCompiler(policy)
        rulings = clients.values.map { compiler.ruling($0) }
        digests = ByteMap(
            clients.keys.enumerated().map { ByteMap.Entry(table: 0, key: $0.element.bytes, value: Int32($0.offset)) }
        )
    }

    func find(digest: Span<UInt8>) -> Int? { digests.find(digest).map { Int($0) } }
}

/// Puts indices of a policy in place of the names that operators give.
private struct RulingCompiler {
    private let policy: Policy
    private let limits: [String: Int]

    init(_ policy: Policy) {
        self.policy = policy
        limits = Dictionary(policy.limits.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
    }

    func ruling(_ entry: OperatorEntry) -> OperatorTable.Ruling {
        var ruling = OperatorTable.Ruling()
        if let block = entry.block {
            ruling.message = block.message
            ruling.blockedUntil = block.until ?? .max
        }
        if let tier = entry.tier {
            ruling.tier = policy.tiers.firstIndex { $0.name == tier.name }
            ruling.tierUntil = tier.until ?? .max
        }
        for (name, override) in entry.overrides {
            guard let source = limits[name], policy.limits[source].isPerClient else { continue }
            ruling.numbers.append(number(override, policy.limits[source], source))
        }
        if let reset = entry.reset { ruling.generation = Array("#\(reset.generation)".utf8) }
        return ruling
    }

    /// The burst goes along in proportion, as with a number of a tier's own.
    private func number(
        _ override: OperatorEntry.Override,
        _ limit: PolicyLimit,
        _ source: Int
    ) -> OperatorTable.Ruling.Number {
        // It may have been given under a policy whose limit could count further.
        let count = min(override.count, limit.largestCount)
        let capacity = NumbersInForce.burst(limit.capacity, of: limit.count, for: count)
        return OperatorTable.Ruling.Number(
            source: source,
            numbers: TierNumbers(count: count, capacity: capacity),
            until: override.until ?? .max
        )
    }
}
