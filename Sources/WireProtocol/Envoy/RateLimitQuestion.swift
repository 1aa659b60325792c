package import LimitCore

/// A RateLimitRequest of Envoy, beside its descriptors: these are in the `Questions` as checks.
package struct RateLimitQuestion: Sendable, Equatable {
    /// 1 to 32.
    package var descriptors = 0

    /// In bytes. Repeats of a part that is there once would make a longer message expensive.
    package static let maxMessage = 16 << 10
    package static let maxDescriptors = 32
    /// Attributes less the two that every descriptor has.
    package static let maxEntries = Bounds.attributes - 2
}

extension MessageDecoder {
    /// Adds the descriptors of a RateLimitRequest to the questions, or adds none.
    package func decodeRateLimit(
        _ payload: Span<UInt8>,
        into questions: inout Questions
    ) throws(WireError) -> RateLimitQuestion {
        let first = questions.checks.count
        do throws(InvalidField) {
            if payload.count > RateLimitQuestion.maxMessage {
                throw InvalidField("message", "is longer than \(RateLimitQuestion.maxMessage) bytes")
            }
            var reader = try RateLimitReader(payload)
            try reader.addDescriptors(of: payload, to: &questions)
            return reader.question
        } catch {
            questions.removeChecks(downTo: first)
            throw WireError(error)
        }
    }
}
