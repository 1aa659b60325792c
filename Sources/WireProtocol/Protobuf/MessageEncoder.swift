import CProtos
package import LimitCore

/// Encodes the protobuf messages that are not on the daemon's hot path, appending them to a caller's buffer.
///
/// One per connection or lane, used by one thread at a time: libprotobuf-c packs from its memory, which never grows. A
/// message that does not fit is RESOURCE_EXHAUSTED. What is hot is encoded without one: `[UInt8].append(CheckResponse)`.
package struct MessageEncoder {
    let arena: Arena

    /// An encoder whose messages may come to `arenaBytes` as C structs, a few times their length on the wire.
    package init(arenaBytes: Int = 1 << 20) {
        arena = Arena(capacity: arenaBytes)
    }

    package func append(_ hello: Hello, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__hello__init)
        message.pointee.token = try arena.copy(hello.token.utf8.span)
        message.pointee.client = try arena.copy(hello.client.utf8.span)
        arena.pack(message, to: &out)
    }

    package func append(_ reply: HelloReply, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__hello_reply__init)
        message.pointee.max_frame_bytes = reply.maxFrameBytes
        message.pointee.max_in_flight = reply.maxInFlight
        message.pointee.server = try arena.copy(reply.server.utf8.span)
        message.pointee.policy = reply.policy
        arena.pack(message, to: &out)
    }

    package func append(_ request: SettleRequest, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__settle_request__init)
        message.pointee.lease = try arena.copy(request.lease.span)
        message.pointee.usage = try arena.makeAll(request.usage, arena.make)
        message.pointee.n_usage = request.usage.count
        message.pointee.cancel = request.cancel ? 1 : 0
        arena.pack(message, to: &out)
    }

    package func append(_ response: SettleResponse, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__settle_response__init)
        message.pointee.settled = response.settled ? 1 : 0
        arena.pack(message, to: &out)
    }

    package func append(_ request: RenewRequest, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__renew_request__init)
        message.pointee.leases = try arena.makeAll(request.leases) { lease throws(WireError) in
            let item = try arena.make(headgate__twin__renew_request__item__init)
            item.pointee.lease = try arena.copy(lease.lease.span)
            item.pointee.usage = try arena.makeAll(lease.usage, arena.make)
            item.pointee.n_usage = lease.usage.count
            return item
        }
        message.pointee.n_leases = request.leases.count
        arena.pack(message, to: &out)
    }

    package func append(_ response: RenewResponse, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__renew_response__init)
        message.pointee.leases = try arena.makeAll(response.leases) { lease throws(WireError) in
            let item = try arena.make(headgate__twin__renew_response__item__init)
            item.pointee.alive = lease.alive ? 1 : 0
            item.pointee.stop = lease.stop ? 1 : 0
            item.pointee.lease = try arena.copy(lease.lease.span)
            return item
        }
        message.pointee.n_leases = response.leases.count
        arena.pack(message, to: &out)
    }

    package func append(_ request: ReportRequest, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__report_request__init)
        message.pointee.replica = try arena.copy(request.replica.utf8.span)
        message.pointee.pool = try arena.copy(request.pool.utf8.span)
        message.pointee.state = Headgate__Twin__ReplicaState(UInt32(request.state.rawValue))
        message.pointee.load = request.load
        message.pointee.ttl_ms = UInt64(clamping: request.ttlMilliseconds)
        arena.pack(message, to: &out)
    }

    package func append(_ response: ReportResponse, to out: inout [UInt8]) throws(WireError) {
        arena.reset()
        let message = try arena.make(headgate__twin__report_response__init)
        message.pointee.scale = response.scale
        message.pointee.replicas = response.replicas
        arena.pack(message, to: &out)
    }
}

extension Arena {
    fileprivate func make(_ usage: UnitAmount) throws(WireError) -> UnsafeMutablePointer<Headgate__Twin__UsageEntry> {
        let entry = try make(headgate__twin__usage_entry__init)
        entry.pointee.key = try copy(usage.unit.utf8.span)
        entry.pointee.value = UInt64(clamping: usage.amount)
        return entry
    }
}
