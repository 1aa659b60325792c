import LimitCore

@testable import WireProtocol

/// A check of a `Questions` with its ranges resolved to bytes, so that two can be compared whatever their layout.
struct ResolvedCheck: Equatable {
    struct Limit: Equatable {
        var rate: [UInt8]
        var scope: [UInt8]
        var algorithm: [UInt8]
        var cost: Int64
        var burst: Int64
    }

    var client: [UInt8]
    var route: [UInt8]
    var tier: [UInt8]
    var usage: [[UInt8]: Int64]
    var attributes: [[UInt8]: [UInt8]]
    var limits: [Limit]
    var peek: Bool
    var allLimits: Bool

    init(_ questions: Questions, _ index: Int) {
        let check = questions.checks[index]
        func bytes(_ range: ByteRange) -> [UInt8] { Array(questions.text[range.indices]) }
        client = bytes(check.client)
        route = bytes(check.route)
        tier = bytes(check.tier)
        usage = [:]
        for usage in questions.usages[check.usages] { self.usage[bytes(usage.unit)] = usage.amount }
        attributes = [:]
        for attribute in questions.attributes[check.attributes] {
            attributes[bytes(attribute.key)] = bytes(attribute.value)
        }
        limits = questions.inlineLimits[check.inlineLimits].map {
            Limit(
                rate: bytes($0.rate),
                scope: bytes($0.scope),
                algorithm: bytes($0.algorithm),
                cost: $0.cost,
                burst: $0.burst
            )
        }
        peek = check.peek
        allLimits = check.allLimits
    }

    /// What the value decodes to.
    init(_ request: CheckRequest) throws {
        var questions = Questions()
        let index = try questions.append(request)
        self.init(questions, index)
    }
}

/// Decodes one check as bytes go through a decoder: what it is, or why it is refused.
func resolved(
    _ bytes: [UInt8],
    _ decode: (Span<UInt8>, inout Questions) throws(WireError) -> Int
) -> Result<ResolvedCheck, WireError> {
    var questions = Questions()
    do throws(WireError) {
        let index = try decode(bytes.span, &questions)
        return .success(ResolvedCheck(questions, index))
    } catch {
        // Whatever was refused left nothing behind.
        precondition(questions.checks.isEmpty && questions.usages.isEmpty && questions.attributes.isEmpty)
        return .failure(error)
    }
}

/// The check in a protobuf message.
func protobufCheck(_ bytes: [UInt8]) -> Result<ResolvedCheck, WireError> {
    let decoder = MessageDecoder(arenaBytes: 1 << 10)
    return resolved(bytes) { payload, questions throws(WireError) in
        try decoder.decodeCheck(payload, into: &questions)
    }
}

/// The check in a JSON document.
func jsonCheck(_ text: String) -> Result<ResolvedCheck, WireError> {
    resolved(Array(text.utf8)) { body, questions throws(WireError) in
        try JSONRequests.decodeCheck(body, into: &questions)
    }
}

/// Protobuf of the request.
func protobuf(_ request: CheckRequest) throws(WireError) -> [UInt8] {
    var bytes: [UInt8] = []
    try MessageEncoder().append(request, to: &bytes)
    return bytes
}

extension Result {
    /// Why it failed, or nil.
    var failure: Failure? {
        if case .failure(let error) = self { return error }
        return nil
    }

    var isSuccess: Bool { failure == nil }
}

/// A failure with INVALID_ARGUMENT.
func invalid<Value>(_ message: String) -> Result<Value, WireError> {
    .failure(WireError(.invalidArgument, message))
}
