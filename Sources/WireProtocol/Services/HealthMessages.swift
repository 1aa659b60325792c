import LimitCore

/// How a service is, as `grpc.health.v1` numbers it.
package enum ServingStatus: UInt8, Sendable {
    case unknown = 0
    case serving = 1
    case notServing = 2
    case serviceUnknown = 3
}

/// The messages of `grpc.health.v1.Health`.
package enum HealthMessages {
    /// The full name a HealthCheckRequest asks for; empty for the daemon as a whole.
    package static func decodeRequest(_ payload: Span<UInt8>) throws(WireError) -> String {
        do throws(InvalidField) {
            var service = ""
            var fields = FieldReader(0..<payload.count)
            while try fields.next(in: payload) {
                guard fields.number == 1 else {
                    try fields.skip(in: payload)
                    continue
                }
                let name = payload.extracting(try fields.range(in: payload, "service"))
                service = try WireBounds.text(name, "service", atMost: WireBounds.symbol)
            }
            return service
        } catch {
            throw WireError(error)
        }
    }

    /// Appends a HealthCheckResponse.
    package static func append(_ status: ServingStatus, to out: inout [UInt8]) {
        out.append(addingCapacity: 2) { $0.field(1, varint: UInt64(status.rawValue)) }
    }
}
