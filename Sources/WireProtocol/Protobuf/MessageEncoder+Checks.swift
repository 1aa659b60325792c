import CProtos
package import LimitCore

/// The client's questions.
extension MessageEncoder {
    package func append(_ request: CheckRequest, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        arena.pack(try arena.make(request), to: &out)
    }

    /// Appends a CheckManyRequest.
    package func append(_ requests: [CheckRequest], to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__check_many_request__init)
        message.pointee.checks = try arena.makeAll(requests, arena.make)
        message.pointee.n_checks = requests.count
        arena.pack(message, to: &out)
    }
}

extension Arena {
    fileprivate func make(
        _ request: CheckRequest
    ) throws(WireError) -> UnsafeMutablePointer<Headgate__Twin__CheckRequest> {
        let message = try make(headgate__twin__check_request__init)
        message.pointee.client = try copy(request.client.utf8.span)
        message.pointee.route = try copy(request.route.utf8.span)
        message.pointee.tier = try copy(request.tier.utf8.span)
        message.pointee.usage = try makeAll(Array(request.usage), make)
        message.pointee.n_usage = request.usage.count
        message.pointee.attributes = try makeAll(Array(request.attributes), make)
        message.pointee.n_attributes = request.attributes.count
        message.pointee.limits = try makeAll(request.limits, make)
        message.pointee.n_limits = request.limits.count
        message.pointee.peek = request.peek ? 1 : 0
        message.pointee.all_limits = request.allLimits ? 1 : 0
        return message
    }

    private func make(
        _ usage: (key: String, value: UInt64)
    ) throws(WireError) -> UnsafeMutablePointer<Headgate__Twin__UsageEntry> {
        let entry = try make(headgate__twin__usage_entry__init)
        entry.pointee.key = try copy(usage.key.utf8.span)
        entry.pointee.value = usage.value
        return entry
    }

    private func make(
        _ attribute: (key: String, value: String)
    ) throws(WireError) -> UnsafeMutablePointer<Headgate__Twin__AttributesEntry> {
        let entry = try make(headgate__twin__attributes_entry__init)
        entry.pointee.key = try copy(attribute.key.utf8.span)
        entry.pointee.value = try copy(attribute.value.utf8.span)
        return entry
    }

    private func make(
        _ limit: CheckRequest.InlineLimit
    ) throws(WireError) -> UnsafeMutablePointer<Headgate__Twin__InlineLimit> {
        let message = try make(headgate__twin__inline_limit__init)
        message.pointee.rate = try copy(limit.rate.utf8.span)
        message.pointee.scope = try copy(limit.scope.utf8.span)
        message.pointee.algorithm = try copy(limit.algorithm.utf8.span)
        message.pointee.cost = limit.cost
        message.pointee.burst = limit.burst
        return message
    }
}
