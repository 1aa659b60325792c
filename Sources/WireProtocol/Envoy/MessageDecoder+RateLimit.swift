package import LimitCore

extension MessageDecoder {
    /// Adds the descriptors of Envoy's RateLimitRequest to the questions as checks, or adds none, and returns how many
    /// there are, 1 to `RateLimitBounds.descriptors`.
    package func decodeRateLimit(
        _ payload: Span<UInt8>,
        into questions: inout Questions
    ) throws(WireError) -> Int {
        let first = questions.checks.count
        do throws(InvalidField) {
            if payload.count > RateLimitBounds.message {
                throw InvalidField("message", "is longer than \(RateLimitBounds.message) bytes")
            }
            var reader = try RateLimitReader(payload)
            try reader.addDescriptors(of: payload, to: &questions)
            return reader.descriptors
        } catch {
            questions.removeChecks(downTo: first)
            throw WireError(error)
        }
    }
}
