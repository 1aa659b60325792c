package import LimitCore

/// Encodes the daemon's hottest answer straight into the connection's buffer.
///
/// Written by hand because it costs a fraction of filling C structs first; the tests hold the bytes against those of
/// libprotobuf-c. Sizes are counted before, so that the buffer grows at most once.
extension [UInt8] {
    package mutating func append(_ response: CheckResponse) {
        let count = response.protobufCount
        append(addingCapacity: count) { out in response.write(to: &out) }
    }

    /// Appends a CheckManyResponse.
    package mutating func append(_ responses: [CheckResponse]) {
        for response in responses {
            let count = response.protobufCount
            append(addingCapacity: FieldSize.message(count: count)) { out in
                out.header(1, count: count)
                response.write(to: &out)
            }
        }
    }
}

extension CheckResponse {
    fileprivate var protobufCount: Int {
        var count = FieldSize.field(varint: UInt64(verdict.rawValue))
        count += FieldSize.field(varint: UInt64(reason.rawValue))
        count += FieldSize.field(varint: retryAfterMilliseconds)
        for limit in limits { count += FieldSize.message(count: limit.protobufCount) }
        count += FieldSize.field(count: lease.count)
        count += FieldSize.field(varint: leaseMilliseconds)
        count += FieldSize.field(count: rule.utf8.count)
        count += FieldSize.field(count: message.utf8.count)
        count += degraded ? 2 : 0
        count += FieldSize.field(fixed64: policy)
        return count + (never ? 2 : 0)
    }

    fileprivate func write(to out: inout OutputSpan<UInt8>) {
        out.field(1, varint: UInt64(verdict.rawValue))
        out.field(2, varint: UInt64(reason.rawValue))
        out.field(3, varint: retryAfterMilliseconds)
        for limit in limits {
            out.header(4, count: limit.protobufCount)
            limit.write(to: &out)
        }
        out.field(5, bytes: lease.span)
        out.field(6, varint: leaseMilliseconds)
        out.field(7, bytes: rule.utf8.span)
        out.field(8, bytes: message.utf8.span)
        out.field(9, varint: degraded ? 1 : 0)
        out.field(10, fixed64: policy)
        out.field(11, varint: never ? 1 : 0)
    }
}

extension LimitState {
    fileprivate var protobufCount: Int {
        var count = FieldSize.field(count: name.utf8.count)
        count += FieldSize.field(varint: limit)
        count += FieldSize.field(varint: remaining)
        count += FieldSize.field(varint: resetMilliseconds)
        count += FieldSize.field(varint: windowMilliseconds)
        count += FieldSize.field(count: unit.utf8.count)
        return count + (limited ? 2 : 0) + (shadow ? 2 : 0)
    }

    fileprivate func write(to out: inout OutputSpan<UInt8>) {
        out.field(1, bytes: name.utf8.span)
        out.field(2, varint: limit)
        out.field(3, varint: remaining)
        out.field(4, varint: resetMilliseconds)
        out.field(5, varint: windowMilliseconds)
        out.field(6, bytes: unit.utf8.span)
        out.field(7, varint: limited ? 1 : 0)
        out.field(8, varint: shadow ? 1 : 0)
    }
}
