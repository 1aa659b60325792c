import LimitCore

/// What a call used by unit, as it goes over the wire.
///
/// A daemon refuses a whole settlement that breaks a bound, and the slots with it, so they are looked after where the
/// mistake is made.
struct Usage: Sendable, Equatable {
    private(set) var amounts: [String: UInt64] = [:]

    /// Tokens have a place of their own, so that they can always be told.
    static let tokens = "tokens"

    var isEmpty: Bool { amounts.isEmpty }

    /// In a fixed order. What does not fit a counter is as much as one can hold.
    var units: [UnitAmount] {
        amounts.sorted { $0.key < $1.key }.map {
            UnitAmount(unit: $0.key, amount: min(Int64(clamping: $0.value), Amount.max))
        }
    }

    /// Replaces the amounts of the units given; throws `invalidArgument` naming what is wrong, and then changes nothing.
    mutating func set(_ usage: [String: UInt64]) throws(HeadgateError) {
        for unit in usage.keys {
            guard (1...Bounds.word).contains(unit.utf8.count), TextProblem.find(in: unit.utf8.span) == nil else {
                throw HeadgateError(
                    code: .invalidArgument,
                    message: "usage: \"\(unit)\" is not a name of 1 to \(Bounds.word) bytes"
                )
            }
        }
        let merged = amounts.merging(usage) { $1 }
        guard merged.count + (merged[Usage.tokens] == nil ? 1 : 0) <= Bounds.usages else {
            throw HeadgateError(
                code: .invalidArgument,
                message: "usage has more than \(Bounds.usages) units, tokens among them"
            )
        }
        amounts = merged
    }

    mutating func set(tokens: UInt64) {
        amounts[Usage.tokens] = tokens
    }
}
