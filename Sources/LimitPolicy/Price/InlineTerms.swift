internal import LimitCore

/// A counter's name as bytes and as their digest.
struct CounterLabel: Sendable {
    let bytes: [UInt8]
    let digest: NameDigest

    init(_ name: String) {
        bytes = Array(name.utf8)
        digest = NameDigest(name.utf8.span)
    }
}

/// A limit that came with a call, read: everything about it that does not depend on the call.
final class InlineTerms: Sendable {
    let rate: Rate
    let algorithm: Algorithm
    /// The unit's bytes.
    let unit: [UInt8]
    /// The counter's name where it is shared by a scope, and where it is the route's.
    let scoped: CounterLabel
    let byRoute: CounterLabel
    /// `inline/<limit>`.
    let name: String

    init(_ rate: Rate, _ algorithm: Algorithm) {
        self.rate = rate
        self.algorithm = algorithm
        unit = Array(rate.unit.utf8)
        scoped = CounterLabel(CounterName.ofInline(rate, algorithm, scoped: true))
        byRoute = CounterLabel(CounterName.ofInline(rate, algorithm, scoped: false))
        name = "inline/\(rate.unit)-per-\(rate.windowName)"
    }

    /// Reads a rate and the name of an algorithm, which is the policy's default where it is empty.
    static func read(_ rate: Span<UInt8>, _ algorithm: String, or fallback: Algorithm) throws(InvalidField)
        -> InlineTerms
    {
        let parsed: Rate
        do throws(RateProblem) {
            parsed = try Rate.parse(rate)
        } catch {
            throw InvalidField("rate", error.description)
        }
        if algorithm.isEmpty, parsed.calendar != nil { return InlineTerms(parsed, .fixedWindow) }
        if algorithm.isEmpty { return try InlineTerms(parsed, fallback).checked() }
        guard let algorithm = Algorithm(name: algorithm), algorithm != .concurrency else {
            throw InvalidField("algorithm", "\"\(quoted(algorithm))\" is not an algorithm for rates")
        }
        if parsed.calendar != nil, algorithm != .fixedWindow {
            throw InvalidField("algorithm", "\(algorithm.name) is not for calendar rates; fixed-window is")
        }
        return try InlineTerms(parsed, algorithm).checked()
    }

    /// Refuses a log larger than what is kept for one.
    private func checked() throws(InvalidField) -> InlineTerms {
        if algorithm == .slidingLog, rate.count > SlidingLog.usualCount {
            throw InvalidField("rate", "counts to \(rate.count); sliding-log does up to \(SlidingLog.usualCount)")
        }
        return self
    }
}
