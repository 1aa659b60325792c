extension [UInt8] {
    /// Appends a RateLimitResponse.
    package mutating func append(_ answer: RateLimitAnswer) {
        var count = 2 + FieldSize.field(count: answer.body.utf8.count)
        for status in answer.statuses { count += FieldSize.message(count: status.protobufCount) }
        for header in answer.headers { count += FieldSize.message(count: Self.count(header)) }
        append(addingCapacity: count) { out in
            out.field(1, varint: UInt64(answer.code.rawValue))
            for status in answer.statuses {
                out.header(2, count: status.protobufCount)
                status.write(to: &out)
            }
            for header in answer.headers {
                out.header(3, count: Self.count(header))
                out.field(1, bytes: header.name.utf8.span)
                out.field(2, bytes: header.value.utf8.span)
            }
            out.field(5, bytes: answer.body.utf8.span)
        }
    }

    private static func count(_ header: (name: String, value: String)) -> Int {
        FieldSize.field(count: header.name.utf8.count) + FieldSize.field(count: header.value.utf8.count)
    }
}

extension RateLimitAnswer.Status {
    fileprivate var protobufCount: Int {
        var count = 2 + FieldSize.field(varint: UInt64(remaining))
        if let currentLimit { count += FieldSize.message(count: currentLimit.protobufCount) }
        if let untilReset { count += FieldSize.message(count: FieldSize.field(varint: untilReset)) }
        return count
    }

    fileprivate func write(to out: inout OutputSpan<UInt8>) {
        out.field(1, varint: UInt64(code.rawValue))
        if let currentLimit {
            out.header(2, count: currentLimit.protobufCount)
            out.field(1, varint: UInt64(currentLimit.requestsPerUnit))
            out.field(2, varint: UInt64(currentLimit.unit.rawValue))
            out.field(3, bytes: currentLimit.name.utf8.span)
        }
        out.field(3, varint: UInt64(remaining))
        if let untilReset {
            out.header(4, count: FieldSize.field(varint: untilReset))
            out.field(1, varint: untilReset)
        }
    }
}

extension RateLimitAnswer.Status.CurrentLimit {
    fileprivate var protobufCount: Int {
        FieldSize.field(varint: UInt64(requestsPerUnit)) + FieldSize.field(varint: UInt64(unit.rawValue))
            + FieldSize.field(count: name.utf8.count)
    }
}
