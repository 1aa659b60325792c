package import LimitCore

/// Reads the requests of the HTTP dialect: the contract's messages as proto3 JSON, strictly.
///
/// Both spellings of a name are taken, numbers also as strings, and null as no value; a repeated or unknown name is
/// refused. Every error is INVALID_ARGUMENT and names the field.
package enum JSONRequests {
    /// Adds the check to the questions and returns its index; one that is refused adds nothing.
    package static func decodeCheck(
        _ body: Span<UInt8>,
        into questions: inout Questions
    ) throws(WireError) -> Int {
        let first = questions.checks.count
        try decode(body) { reader throws(InvalidField) in
            try reader.check(into: &questions)
        } undo: {
            questions.removeChecks(downTo: first)
        }
        return first
    }

    /// Adds the 1 to 256 checks to the questions and returns their indices, or adds none.
    package static func decodeCheckMany(
        _ body: Span<UInt8>,
        into questions: inout Questions
    ) throws(WireError) -> Range<Int> {
        let first = questions.checks.count
        try decode(body) { reader throws(InvalidField) in
            try reader.message("body", CheckManyField.self) { reader, _ throws(InvalidField) in
                try reader.items("checks", atMost: Bounds.checks) { reader throws(InvalidField) in
                    try reader.check(into: &questions)
                }
            }
            try WireBounds.checkCount(questions.checks.count - first)
        } undo: {
            questions.removeChecks(downTo: first)
        }
        return first..<questions.checks.count
    }

    package static func decodeSettle(_ body: Span<UInt8>) throws(WireError) -> SettleRequest {
        var request = SettleRequest(lease: [])
        try decode(body) { reader throws(InvalidField) in
            try reader.message("body", SettleField.self) { reader, field throws(InvalidField) in
                switch field {
                case .lease: request.lease = try reader.base64("lease", atMost: WireBounds.lease)
                case .usage: request.usage = try reader.usage()
                case .cancel: request.cancel = try reader.bool("cancel")
                }
            }
            request.lease = try WireBounds.lease(request.lease.span)
        }
        return request
    }

    package static func decodeRenew(_ body: Span<UInt8>) throws(WireError) -> RenewRequest {
        var request = RenewRequest(leases: [])
        try decode(body) { reader throws(InvalidField) in
            try reader.message("body", RenewField.self) { reader, _ throws(InvalidField) in
                try reader.items("leases", atMost: WireBounds.leases) { reader throws(InvalidField) in
                    request.leases.append(try reader.leaseToRenew())
                }
            }
            try WireBounds.leaseCount(request.leases.count)
        }
        return request
    }

    package static func decodeReport(_ body: Span<UInt8>) throws(WireError) -> ReportRequest {
        var report = ReportParts()
        var request: ReportRequest?
        try decode(body) { reader throws(InvalidField) in
            try reader.message("body", ReportField.self) { reader, field throws(InvalidField) in
                switch field {
                case .replica: report.replica = try reader.string("replica")
                case .pool: report.pool = try reader.string("pool")
                case .state: report.state = try reader.replicaState()
                case .load: report.load = try reader.double("load")
                case .ttl: report.ttl = try reader.uint64("ttl_ms")
                }
            }
            request = try ReportRequest(
                replica: report.replica.span,
                pool: report.pool.span,
                state: report.state,
                load: report.load,
                ttlMilliseconds: report.ttl
            )
        }
        guard let request else { throw WireError(.internal, "the report was not read") }
        return request
    }

    static func decode(
        _ body: Span<UInt8>,
        _ read: (inout JSONReader) throws(InvalidField) -> Void,
        undo: () -> Void = {}
    ) throws(WireError) {
        do throws(InvalidField) {
            var reader = try JSONReader(body)
            try read(&reader)
            try reader.end()
        } catch {
            undo()
            throw WireError(error)
        }
    }
}

private enum CheckManyField: String {
    case checks
}

private enum SettleField: String {
    case lease, usage, cancel
}

private enum RenewField: String {
    case leases
}

private enum RenewItemField: String {
    case lease, usage
}

private enum ReportField: String {
    case replica, pool, state, load
    case ttl = "ttl_ms"
}

private struct ReportParts {
    var replica: [UInt8] = []
    var pool: [UInt8] = []
    var state: UInt32 = 0
    var load = 0.0
    var ttl: UInt64 = 0
}

extension JSONReader {
    fileprivate mutating func leaseToRenew() throws(InvalidField) -> RenewRequest.Item {
        var item = RenewRequest.Item(lease: [])
        try message("leases", RenewItemField.self) { reader, field throws(InvalidField) in
            switch field {
            case .lease: item.lease = try reader.base64("lease", atMost: WireBounds.lease)
            case .usage: item.usage = try reader.usage()
            }
        }
        item.lease = try WireBounds.lease(item.lease.span)
        return item
    }

    fileprivate mutating func usage() throws(InvalidField) -> [UnitAmount] {
        var usage: [UnitAmount] = []
        try object("usage") { reader, unit throws(InvalidField) in
            if usage.count == Bounds.usages { throw InvalidField("usage", "has more than \(Bounds.usages) units") }
            let amount = try reader.uint64("usage")
            try usage.add(unit: unit.span, amount: amount)
        }
        return usage
    }

    /// An enum as proto3 takes it: by name or by number.
    fileprivate mutating func replicaState() throws(InvalidField) -> UInt32 {
        skipSpace()
        guard peek == UInt8(ascii: "\"") else {
            guard let number = UInt32(exactly: try uint64("state")) else { throw InvalidField("state", "is not known") }
            return number
        }
        let name = try string("state")
        for state in ReplicaState.allCases where state.protoName.utf8.elementsEqual(name) {
            return UInt32(state.rawValue)
        }
        throw InvalidField("state", "is not known")
    }
}
