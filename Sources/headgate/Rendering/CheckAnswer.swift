package import HeadgateClient
package import LimitCore
import WireProtocol

/// The answer to a check, as `check` and `inspect` print it.
package struct CheckAnswer: Sendable, Equatable {
    private let response: CheckResponse
    /// What became of the lease that came with the answer.
    private let settlement: Settlement

    package init(_ response: CheckResponse, settlement: Settlement = .nothing) {
        self.response = response
        self.settlement = settlement
    }

    /// 1 limited, 3 forbidden, 2 where nobody could decide; nil when allowed.
    package var exitCode: Int32? {
        switch response.verdict {
        case .allowed: nil
        case .limited: 1
        case .forbidden: 3
        case .unavailable: CommandFailure.usual
        }
    }

    /// The JSON form of the response, on a line of its own. `settlement` says what became of its lease.
    package var json: String {
        var bytes: [UInt8] = []
        JSONResponses.append(response, to: &bytes)
        if settlement != .nothing { bytes = bytes.dropLast() + Array(",\"settlement\":\"\(settlement)\"}".utf8) }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// The verdict, and the limit that decided.
    package var text: String { render(response.limits.prefix(1).map(\.self)) }

    /// The verdict, and every limit.
    package var table: String { render(response.limits) }

    private func render(_ limits: [LimitState]) -> String {
        var lines = [headline]
        if !response.message.isEmpty { lines.append(row("message", response.message)) }
        lines.append(row("rule", response.rule.isEmpty ? "none" : response.rule))
        if limits.isEmpty, response.verdict == .allowed { lines.append(row("limits", "none")) }
        for limit in limits { lines.append(row("limit", CheckAnswer.text(limit))) }
        if settlement != .nothing {
            lines.append(row("lease", "\(Timespan(milliseconds: response.leaseMilliseconds)), \(settlement)"))
        }
        if response.degraded { lines.append(row("degraded", "decided without the shared store")) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: String {
        let verdict = "\(response.verdict)".uppercased()
        guard response.verdict != .allowed else { return verdict }
        let wait = Timespan(milliseconds: response.retryAfterMilliseconds)
        let hint =
            switch response.verdict {
            case .limited where response.never: ", do not retry"
            case .limited: ", retry after \(wait)"
            default: ""
            }
        return "\(verdict): \(reason)\(hint)"
    }

    private var reason: String {
        switch response.reason {
        case .unspecified: "no reason given"
        case .rate: "over a rate limit"
        case .concurrency: "all slots are taken"
        case .costTooLarge: "this cost can never fit"
        case .tier: "the route needs another tier"
        case .blocked: "the client is blocked"
        case .storeUnavailable: "the store is out, and the rule says to refuse then"
        case .noRule: "no rule matches, and the policy refuses such calls"
        }
    }

    private static func text(_ limit: LimitState) -> String {
        let window = limit.windowMilliseconds == 0 ? "" : " per \(Timespan(milliseconds: limit.windowMilliseconds))"
        let reset =
            limit.resetMilliseconds == 0 ? "" : ", whole again in \(Timespan(milliseconds: limit.resetMilliseconds))"
        let shadow = limit.shadow ? " (shadow)" : ""
        let limited = limit.limited ? " LIMITED" : ""
        let numbers = "\(limit.remaining) of \(limit.limit) \(limit.unit)\(window) left"
        return "\(limit.name): \(numbers)\(reset)\(limited)\(shadow)"
    }

    private func row(_ name: String, _ value: String) -> String {
        "  " + name + String(repeating: " ", count: max(10 - name.count, 1)) + value.printable
    }
}

extension String {
    /// Without what a terminal would obey: text from elsewhere must not move the cursor.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
