import CProtos
import LimitCore

@testable import WireProtocol

/// The two messages that are coded by hand, as libprotobuf-c does them: what the hand-made code is held against.
struct ReferenceCodec {
    let arena = Arena(capacity: 16 << 20)

    func decodeCheck(_ payload: Span<UInt8>, into questions: inout Questions) throws(WireError) -> Int {
        try arena.withMessage(payload, orThrow: .invalidArgument, headgate__twin__check_request__unpack) {
            message throws(InvalidField) in
            questions.begin()
            do throws(InvalidField) {
                try add(message, to: &questions)
                return try questions.end()
            } catch {
                questions.abandon()
                throw error
            }
        }
    }

    func append(_ response: CheckResponse, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__check_response__init)
        message.pointee.verdict = Headgate__Twin__Verdict(UInt32(response.verdict.rawValue))
        message.pointee.reason = Headgate__Twin__Reason(UInt32(response.reason.rawValue))
        message.pointee.retry_after_ms = response.retryAfterMilliseconds
        message.pointee.limits = try arena.makeAll(response.limits, make)
        message.pointee.n_limits = response.limits.count
        message.pointee.lease = try arena.copy(response.lease.span)
        message.pointee.lease_ttl_ms = response.leaseMilliseconds
        message.pointee.rule = try arena.copy(response.rule.utf8.span)
        message.pointee.message = try arena.copy(response.message.utf8.span)
        message.pointee.degraded = response.degraded ? 1 : 0
        message.pointee.policy = response.policy
        message.pointee.never = response.never ? 1 : 0
        arena.pack(message, to: &out)
    }

    private func make(_ limit: LimitState) throws(WireError) -> UnsafeMutablePointer<Headgate__Twin__LimitState> {
        let message = try arena.make(headgate__twin__limit_state__init)
        message.pointee.name = try arena.copy(limit.name.utf8.span)
        message.pointee.limit = limit.limit
        message.pointee.remaining = limit.remaining
        message.pointee.reset_ms = limit.resetMilliseconds
        message.pointee.window_ms = limit.windowMilliseconds
        message.pointee.unit = try arena.copy(limit.unit.utf8.span)
        message.pointee.limited = limit.limited ? 1 : 0
        message.pointee.shadow = limit.shadow ? 1 : 0
        return message
    }

    private func add(_ message: Headgate__Twin__CheckRequest, to questions: inout Questions) throws(InvalidField) {
        try questions.setClient(message.client.buffer.span)
        try questions.setRoute(message.route.buffer.span)
        try questions.setTier(message.tier.buffer.span)
        questions.setFlags(peek: message.peek != 0, allLimits: message.all_limits != 0)
        if message.n_usage > Bounds.usages { throw InvalidField("usage", "has too many entries") }
        if message.n_attributes > Bounds.attributes { throw InvalidField("attributes", "has too many entries") }
        for case let entry? in UnsafeBufferPointer(start: message.usage, count: message.n_usage) {
            try questions.addUsage(unit: entry.pointee.key.buffer.span, amount: entry.pointee.value)
        }
        for case let entry? in UnsafeBufferPointer(start: message.attributes, count: message.n_attributes) {
            try questions.addAttribute(key: entry.pointee.key.buffer.span, value: entry.pointee.value.buffer.span)
        }
        for case let limit? in UnsafeBufferPointer(start: message.limits, count: message.n_limits) {
            try questions.addInlineLimit(
                rate: limit.pointee.rate.buffer.span,
                scope: limit.pointee.scope.buffer.span,
                algorithm: limit.pointee.algorithm.buffer.span,
                cost: limit.pointee.cost,
                burst: limit.pointee.burst
            )
        }
    }
}

extension ProtobufCBinaryData {
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: len) }
}
