import CProtos
package import LimitCore

/// The client's half. Text that is no UTF-8 comes with replacement characters; a reason of a later version is
/// `unspecified`, but a verdict must be known.
extension MessageDecoder {
    package func decodeCheckResponse(_ payload: Span<UInt8>) throws(WireError) -> CheckResponse {
        try arena.withMessage(payload, orThrow: .internal, headgate__twin__check_response__unpack) {
            message throws(InvalidField) in try CheckResponse(message)
        }
    }

    package func decodeCheckManyResponse(_ payload: Span<UInt8>) throws(WireError) -> [CheckResponse] {
        try arena.withMessage(payload, orThrow: .internal, headgate__twin__check_many_response__unpack) {
            message throws(InvalidField) in
            var responses: [CheckResponse] = []
            for case let result? in UnsafeBufferPointer(start: message.results, count: message.n_results) {
                responses.append(try CheckResponse(result.pointee))
            }
            return responses
        }
    }

    package func decodeHelloReply(_ payload: Span<UInt8>) throws(WireError) -> HelloReply {
        try arena.withMessage(payload, orThrow: .internal, headgate__twin__hello_reply__unpack) { message in
            HelloReply(
                maxFrameBytes: message.max_frame_bytes,
                maxInFlight: message.max_in_flight,
                server: message.server.text,
                policy: message.policy
            )
        }
    }

    package func decodeSettleResponse(_ payload: Span<UInt8>) throws(WireError) -> SettleResponse {
        try arena.withMessage(payload, orThrow: .internal, headgate__twin__settle_response__unpack) { message in
            SettleResponse(settled: message.settled != 0)
        }
    }

    package func decodeRenewResponse(_ payload: Span<UInt8>) throws(WireError) -> RenewResponse {
        try arena.withMessage(payload, orThrow: .internal, headgate__twin__renew_response__unpack) { message in
            let items = UnsafeBufferPointer(start: message.leases, count: message.n_leases)
            return RenewResponse(
                leases: items.compactMap { item in
                    item.map {
                        .init(alive: $0.pointee.alive != 0, stop: $0.pointee.stop != 0, lease: $0.pointee.lease.bytes)
                    }
                }
            )
        }
    }

    package func decodeReportResponse(_ payload: Span<UInt8>) throws(WireError) -> ReportResponse {
        try arena.withMessage(payload, orThrow: .internal, headgate__twin__report_response__unpack) { message in
            ReportResponse(scale: message.scale, replicas: message.replicas)
        }
    }

    /// Why a call failed, in the peer's words.
    package func decodeFailure(_ payload: Span<UInt8>) throws(WireError) -> String {
        try arena.withMessage(payload, orThrow: .internal, headgate__twin__failure__unpack) { $0.message.text }
    }
}

extension CheckResponse {
    fileprivate init(_ message: Headgate__Twin__CheckResponse) throws(InvalidField) {
        guard let verdict = UInt8(exactly: message.verdict.rawValue).flatMap(Verdict.init(rawValue:)) else {
            throw InvalidField("verdict", "is not known")
        }
        self.init(verdict: verdict)
        reason = UInt8(exactly: message.reason.rawValue).flatMap(Reason.init(rawValue:)) ?? .unspecified
        retryAfterMilliseconds = message.retry_after_ms
        for case let limit? in UnsafeBufferPointer(start: message.limits, count: message.n_limits) {
            limits.append(LimitState(limit.pointee))
        }
        lease = message.lease.bytes
        leaseMilliseconds = message.lease_ttl_ms
        rule = message.rule.text
        self.message = message.message.text
        degraded = message.degraded != 0
        policy = message.policy
        never = message.never != 0
    }
}

extension LimitState {
    fileprivate init(_ message: Headgate__Twin__LimitState) {
        self.init(
            name: message.name.text,
            limit: message.limit,
            remaining: message.remaining,
            resetMilliseconds: message.reset_ms,
            windowMilliseconds: message.window_ms,
            unit: message.unit.text,
            limited: message.limited != 0,
            shadow: message.shadow != 0
        )
    }
}
