package import LimitCore

/// A RateLimitResponse of Envoy.
package struct RateLimitAnswer: Sendable, Equatable {
    package enum Code: UInt8, Sendable {
        case ok = 1
        case overLimit = 2
    }

    /// What became of one descriptor.
    package struct Status: Sendable, Equatable {
        package struct CurrentLimit: Sendable, Equatable {
            package var requestsPerUnit: UInt32
            package var unit: RateLimitUnit
            /// Empty where the unit says all.
            package var name: String
        }

        package var code: Code
        /// The deciding limit; nil where none holds.
        package var currentLimit: CurrentLimit?
        package var remaining: UInt32
        /// In seconds; nil where there is nothing to wait for.
        package var untilReset: UInt64?
    }

    /// In the order of the descriptors.
    package private(set) var statuses: [Status]
    /// For the answer to Envoy's client: lower-case names and values.
    package var headers: [(name: String, value: String)] = []
    /// The policy's words for a refusal; may be empty.
    package var body = ""
    package private(set) var code = Code.ok

    /// An answer to so many descriptors, of which none is decided.
    package init(count: Int) {
        statuses = Array(repeating: Status(code: .ok, remaining: 0), count: count)
    }

    /// The answer to a request whose descriptors were decided so.
    package init(_ decisions: [CheckResponse]) {
        self.init(count: decisions.count)
        for (position, decision) in decisions.enumerated() { set(position, decision) }
    }

    /// Says what became of one descriptor, which may not be `unavailable`.
    package mutating func set(_ position: Int, _ decision: CheckResponse) {
        statuses[position] = Status(decision)
        if decision.verdict == .allowed { return }
        code = .overLimit
        if decision.verdict == .forbidden, body.isEmpty { body = decision.message }
    }

    package static func == (a: RateLimitAnswer, b: RateLimitAnswer) -> Bool {
        a.statuses == b.statuses && a.body == b.body && a.headers.elementsEqual(b.headers, by: ==)
    }
}

extension RateLimitAnswer.Status {
    init(_ decision: CheckResponse) {
        let limit = decision.limits.first
        code = decision.verdict == .allowed ? .ok : .overLimit
        currentLimit = limit.map(CurrentLimit.init)
        remaining = UInt32(clamping: limit?.remaining ?? 0)
        untilReset = limit.map { Self.seconds($0.resetMilliseconds) }
        switch decision.verdict {
        case .allowed:
            // A rule has matched and limits nothing.
            if limit == nil, !decision.rule.isEmpty, !decision.degraded { remaining = .max }
        case .limited:
            let wait = decision.never ? untilReset ?? 0 : Self.seconds(decision.retryAfterMilliseconds)
            untilReset = max(1, wait)
        case .forbidden, .unavailable: break
        }
    }

    private static func seconds(_ milliseconds: UInt64) -> UInt64 {
        milliseconds / 1000 + (milliseconds % 1000 == 0 ? 0 : 1)
    }
}

extension RateLimitAnswer.Status.CurrentLimit {
    init(_ limit: LimitState) {
        requestsPerUnit = UInt32(clamping: limit.limit)
        unit = RateLimitUnit(limit)
        name = unit == .unknown ? limit.name : ""
    }
}
