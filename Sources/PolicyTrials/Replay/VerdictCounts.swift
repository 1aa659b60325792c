import LimitCore

/// How often each verdict was given.
package struct VerdictCounts: Sendable, Equatable {
    package var allowed = 0
    package var limited = 0
    package var forbidden = 0

    package init() {}

    package var refused: Int { limited + forbidden }
    package var calls: Int { allowed + refused }

    mutating func add(_ other: VerdictCounts) {
        allowed += other.allowed
        limited += other.limited
        forbidden += other.forbidden
    }

    mutating func count(_ verdict: Verdict) {
        switch verdict {
        case .allowed: allowed += 1
        case .limited: limited += 1
        // A store in memory is never out.
        case .forbidden, .unavailable: forbidden += 1
        }
    }
}
