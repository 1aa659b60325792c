package import LimitCore

/// What operators have decided about one client while the daemons run.
package struct OperatorEntry: Sendable, Equatable, Codable {
    /// Who decided it and when.
    package struct Signature: Sendable, Equatable, Codable {
        package var by: String
        /// In microseconds since the Unix epoch, by the daemon's clock.
        package var at: Microseconds

        package init(by: String, at: Microseconds) {
            self.by = by
            self.at = at
        }
    }

    package struct Block: Sendable, Equatable, Codable {
        /// The words of the refusal; may be empty.
        package var message: String
        /// In microseconds since the Unix epoch; nil for no end. The same for all that end.
        package var until: Microseconds?
        package var signature: Signature

        package init(message: String, until: Microseconds?, signature: Signature) {
            self.message = message
            self.until = until
            self.signature = signature
        }
    }

    package struct Tier: Sendable, Equatable, Codable {
        package var name: String
        package var until: Microseconds?
        package var signature: Signature

        package init(name: String, until: Microseconds?, signature: Signature) {
            self.name = name
            self.until = until
            self.signature = signature
        }
    }

    package struct Override: Sendable, Equatable, Codable {
        /// The number in place of the limit's own, 0 to `Amount.max`.
        package var count: Int64
        package var until: Microseconds?
        package var signature: Signature

        package init(count: Int64, until: Microseconds?, signature: Signature) {
            self.count = count
            self.until = until
            self.signature = signature
        }
    }

    package struct Reset: Sendable, Equatable, Codable {
        /// Grows by one with each reset; counters of an earlier one are not looked at again.
        package var generation: Int64
        package var signature: Signature

        package init(generation: Int64, signature: Signature) {
            self.generation = generation
            self.signature = signature
        }
    }

    package var block: Block?
    package var tier: Tier?
    /// By the limit's name, `<rule>/<limit>`.
    package var overrides: [String: Override] = [:]
    package var reset: Reset?

    package init() {}

    package var isEmpty: Bool { block == nil && tier == nil && overrides.isEmpty && reset == nil }

    /// Without what has ended. A reset ends when no counter of before it can be alive any more.
    package func pruned(at now: Microseconds) -> OperatorEntry {
        var entry = self
        if Self.hasEnded(block?.until, now) { entry.block = nil }
        if Self.hasEnded(tier?.until, now) { entry.tier = nil }
        entry.overrides = overrides.filter { !Self.hasEnded($0.value.until, now) }
        if let reset, Amount.sum(reset.signature.at, Self.longestMemory) < now { entry.reset = nil }
        return entry
    }

    /// Two of the longest windows, and some.
    private static let longestMemory: Microseconds = 800 * 86_400_000_000

    private static func hasEnded(_ until: Microseconds?, _ now: Microseconds) -> Bool {
        until.map { $0 <= now } ?? false
    }
}
