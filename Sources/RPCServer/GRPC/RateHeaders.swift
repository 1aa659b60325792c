import LimitCore
import LimitPolicy
import WireProtocol

/// A decision as the header fields that HTTP clients read, by lower-case name.
enum RateHeaders {
    typealias Field = (name: String, value: String)

    /// The fields that tell of a decision.
    static func headers(_ style: EnvoyMapping.Headers, of decision: CheckResponse) -> [Field] {
        if style == .off { return [] }
        var fields: [Field] = []
        if let limit = decision.limits.first {
            fields = style == .trio ? trio(limit) : ietf(limit, retryAfter: retryAfter(decision))
        }
        if let seconds = retryAfter(decision) { fields.append(("retry-after", "\(seconds)")) }
        return fields
    }

    /// Whether the fields of a request in parts tell of this part and not of the other: of the refusal with the longest
    /// wait, else of the limit with the smallest share left.
    static func decides(_ decision: CheckResponse, over other: CheckResponse?) -> Bool {
        if decision.verdict == .allowed, decision.limits.isEmpty { return false }
        return other.map { isBefore(decision, $0) } ?? true
    }

    private static func isBefore(_ a: CheckResponse, _ b: CheckResponse) -> Bool {
        if a.verdict == .allowed, b.verdict == .allowed, let this = a.limits.first, let that = b.limits.first {
            let (left, right) = (
                this.remaining.multipliedFullWidth(by: that.limit),
                that.remaining.multipliedFullWidth(by: this.limit)
            )
            return (left.high, left.low) < (right.high, right.low)
        }
        return rank(a) > rank(b)
    }

    /// What never fits is before what must wait, and that before what need not.
    private static func rank(_ decision: CheckResponse) -> UInt64 {
        switch decision.verdict {
        case .allowed: 0
        case .forbidden, .unavailable: .max
        case .limited: decision.never ? .max : 1 + min(decision.retryAfterMilliseconds, .max - 2)
        }
    }

    private static func retryAfter(_ decision: CheckResponse) -> UInt64? {
        guard decision.verdict == .limited, !decision.never else { return nil }
        return max(1, seconds(decision.retryAfterMilliseconds))
    }

    private static func trio(_ limit: LimitState) -> [Field] {
        [
            ("x-ratelimit-limit", "\(limit.limit)"),
            ("x-ratelimit-remaining", "\(limit.remaining)"),
            ("x-ratelimit-reset", "\(seconds(limit.resetMilliseconds))"),
        ]
    }

    /// RateLimit-Policy and RateLimit as in draft-ietf-httpapi-ratelimit-headers.
    private static func ietf(_ limit: LimitState, retryAfter: UInt64?) -> [Field] {
        let name = quoted(limit.name)
        // Quota units are a registry that has no tokens; a name of our own must carry a prefix.
        let unit = limit.unit == "requests" ? "" : ";qu=\(quoted("headgate-" + limit.unit))"
        // Of a refusal, when there is more quota and not when all of it is back.
        let reset = min(seconds(limit.resetMilliseconds), retryAfter ?? .max)
        return [
            ("ratelimit-policy", "\(name);q=\(limit.limit)\(unit);w=\(seconds(limit.windowMilliseconds))"),
            ("ratelimit", "\(name);r=\(limit.remaining);t=\(reset)"),
        ]
    }

    /// A structured field's string: printable ASCII, quotes and backslashes escaped.
    private static func quoted(_ text: String) -> String {
        var out: [UInt8] = [UInt8(ascii: "\"")]
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { out.append(UInt8(ascii: "\\")) }
            out.append(
                (0x20...0x7E).contains(scalar.value) ? UInt8(truncatingIfNeeded: scalar.value) : UInt8(ascii: "?")
            )
        }
        out.append(UInt8(ascii: "\""))
        return String(decoding: out, as: UTF8.self)
    }

    private static func seconds(_ milliseconds: UInt64) -> UInt64 {
        milliseconds / 1000 + (milliseconds % 1000 == 0 ? 0 : 1)
    }
}
