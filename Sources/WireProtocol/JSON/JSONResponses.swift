package import LimitCore

/// Writes the responses of the HTTP dialect, and the output of `headgate check --json`: the contract's messages as
/// proto3 JSON under the contract's names.
///
/// Fields that have their default are left out as proto3 does, but not those of a limit's state nor those that are the
/// answer (`verdict`, `settled`, `alive`, `stop`, `scale`, `replicas`). 64-bit numbers are numbers; `policy`, whose
/// bits all count, is a decimal string.
package enum JSONResponses {
    package static func append(_ response: CheckResponse, to out: inout [UInt8]) {
        write(to: &out) { $0.value(response) }
    }

    /// Appends a CheckManyResponse.
    package static func append(_ responses: [CheckResponse], to out: inout [UInt8]) {
        write(to: &out) { writer in
            writer.object { writer in
                writer.name("results")
                writer.array { writer in
                    for response in responses { writer.value(response) }
                }
            }
        }
    }

    package static func append(_ response: SettleResponse, to out: inout [UInt8]) {
        write(to: &out) { writer in
            writer.object { writer in
                writer.name("settled")
                writer.value(response.settled)
            }
        }
    }

    package static func append(_ response: RenewResponse, to out: inout [UInt8]) {
        write(to: &out) { writer in
            writer.object { writer in
                writer.name("leases")
                writer.array { writer in
                    for item in response.leases { writer.value(item) }
                }
            }
        }
    }

    package static func append(_ response: ReportResponse, to out: inout [UInt8]) {
        write(to: &out) { writer in
            writer.object { writer in
                writer.name("scale")
                writer.value(response.scale)
                writer.name("replicas")
                writer.value(UInt64(response.replicas))
            }
        }
    }

    /// Appends `{"error": ...}`, the body of a call that failed.
    package static func append(_ error: WireError, to out: inout [UInt8]) {
        write(to: &out) { writer in
            writer.object { writer in
                writer.name("error")
                writer.value(error.message)
            }
        }
    }

    /// Lends the buffer to a writer, so that it is never copied.
    private static func write(to out: inout [UInt8], _ message: (inout JSONWriter) -> Void) {
        var buffer: [UInt8] = []
        swap(&buffer, &out)
        var writer = JSONWriter(buffer)
        message(&writer)
        out = writer.out
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ response: CheckResponse) {
        object { writer in
            writer.name("verdict")
            writer.value(response.verdict.protoName)
            if response.reason != .unspecified {
                writer.name("reason")
                writer.value(response.reason.protoName)
            }
            writer.member("retry_after_ms", response.retryAfterMilliseconds)
            if !response.limits.isEmpty {
                writer.name("limits")
                writer.array { writer in
                    for limit in response.limits { writer.value(limit) }
                }
            }
            if !response.lease.isEmpty {
                writer.name("lease")
                writer.value(response.lease)
            }
            writer.member("lease_ttl_ms", response.leaseMilliseconds)
            writer.member("rule", response.rule)
            writer.member("message", response.message)
            writer.member("degraded", response.degraded)
            writer.member("policy", response.policy == 0 ? "" : String(response.policy))
            writer.member("never", response.never)
        }
    }

    private mutating func value(_ limit: LimitState) {
        object { writer in
            writer.name("name")
            writer.value(limit.name)
            writer.name("limit")
            writer.value(limit.limit)
            writer.name("remaining")
            writer.value(limit.remaining)
            writer.name("reset_ms")
            writer.value(limit.resetMilliseconds)
            writer.name("window_ms")
            writer.value(limit.windowMilliseconds)
            writer.name("unit")
            writer.value(limit.unit)
            writer.name("limited")
            writer.value(limit.limited)
            writer.name("shadow")
            writer.value(limit.shadow)
        }
    }

    fileprivate mutating func value(_ item: RenewResponse.Item) {
        object { writer in
            writer.name("alive")
            writer.value(item.alive)
            writer.name("stop")
            writer.value(item.stop)
            if !item.lease.isEmpty {
                writer.name("lease")
                writer.value(item.lease)
            }
        }
    }

    private mutating func member(_ name: StaticString, _ value: UInt64) {
        if value == 0 { return }
        self.name(name)
        self.value(value)
    }

    private mutating func member(_ name: StaticString, _ value: Bool) {
        if !value { return }
        self.name(name)
        self.value(value)
    }

    private mutating func member(_ name: StaticString, _ value: String) {
        if value.isEmpty { return }
        self.name(name)
        self.value(value)
    }
}
