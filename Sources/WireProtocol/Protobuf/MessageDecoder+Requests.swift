import CProtos
package import LimitCore

extension MessageDecoder {
    package func decodeHello(_ payload: Span<UInt8>) throws(WireError) -> Hello {
        try arena.withMessage(payload, orThrow: .invalidArgument, headgate__twin__hello__unpack) {
            message throws(InvalidField) in
            Hello(
                token: try WireBounds.text(message.token.bytes.span, "token", atMost: WireBounds.token),
                client: try WireBounds.text(message.client.bytes.span, "client", atMost: WireBounds.agent)
            )
        }
    }

    package func decodeSettle(_ payload: Span<UInt8>) throws(WireError) -> SettleRequest {
        try arena.withMessage(payload, orThrow: .invalidArgument, headgate__twin__settle_request__unpack) {
            message throws(InvalidField) in
            SettleRequest(
                lease: try WireBounds.lease(message.lease.bytes.span),
                usage: try [UnitAmount](message.usage, count: message.n_usage),
                cancel: message.cancel != 0
            )
        }
    }

    package func decodeRenew(_ payload: Span<UInt8>) throws(WireError) -> RenewRequest {
        try arena.withMessage(payload, orThrow: .invalidArgument, headgate__twin__renew_request__unpack) {
            message throws(InvalidField) in
            try WireBounds.leaseCount(message.n_leases)
            var request = RenewRequest(leases: [])
            request.leases.reserveCapacity(message.n_leases)
            let items = UnsafeBufferPointer(start: message.leases, count: message.n_leases)
            for case let (index, item?) in items.enumerated() {
                do throws(InvalidField) {
                    request.leases.append(try RenewRequest.Item(item.pointee))
                } catch {
                    throw error.inside("leases[\(index)]")
                }
            }
            return request
        }
    }

    package func decodeReport(_ payload: Span<UInt8>) throws(WireError) -> ReportRequest {
        try arena.withMessage(payload, orThrow: .invalidArgument, headgate__twin__report_request__unpack) {
            message throws(InvalidField) in
            try ReportRequest(
                replica: message.replica.bytes.span,
                pool: message.pool.bytes.span,
                state: message.state.rawValue,
                load: message.load,
                ttlMilliseconds: message.ttl_ms
            )
        }
    }
}

extension RenewRequest.Item {
    fileprivate init(_ item: Headgate__Twin__RenewRequest__Item) throws(InvalidField) {
        self.init(
            lease: try WireBounds.lease(item.lease.bytes.span),
            usage: try [UnitAmount](item.usage, count: item.n_usage)
        )
    }
}

extension [UnitAmount] {
    /// A unit may be given again, as in a protobuf map, but counts: repeats must not make a message expensive.
    fileprivate init(
        _ entries: UnsafeMutablePointer<UnsafeMutablePointer<Headgate__Twin__UsageEntry>?>?,
        count: Int
    ) throws(InvalidField) {
        self.init()
        if count > Bounds.usages { throw InvalidField("usage", "has more than \(Bounds.usages) units") }
        for case let entry? in UnsafeBufferPointer(start: entries, count: count) {
            try add(unit: entry.pointee.key.bytes.span, amount: entry.pointee.value)
        }
    }
}
