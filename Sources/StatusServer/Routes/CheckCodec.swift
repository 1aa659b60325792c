import LimitCore
import WireProtocol

/// Checks as JSON.
///
/// A body is read before its checks go to the lane, as values: a large or broken one costs the lane nothing.
enum CheckCodec {
    static func decode(_ body: [UInt8]) throws(WireError) -> CheckRequest {
        var questions = Questions()
        let check = try JSONRequests.decodeCheck(body.span, into: &questions)
        return CheckRequest(questions.checks[check], of: questions)
    }

    static func decodeMany(_ body: [UInt8]) throws(WireError) -> [CheckRequest] {
        var questions = Questions()
        let checks = try JSONRequests.decodeCheckMany(body.span, into: &questions)
        return questions.checks[checks].map { CheckRequest($0, of: questions) }
    }

    static func encode(_ response: CheckResponse) -> [UInt8] {
        line { JSONResponses.append(response, to: &$0) }
    }

    static func encode(_ responses: [CheckResponse]) -> [UInt8] {
        line { JSONResponses.append(responses, to: &$0) }
    }

    /// A body of JSON that ends as a line does.
    static func line(_ append: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        append(&bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}

extension CheckRequest {
    fileprivate init(_ question: Question, of questions: Questions) {
        self.init(client: questions.string(question.client), route: questions.string(question.route))
        tier = questions.string(question.tier)
        peek = question.peek
        allLimits = question.allLimits
        for entry in questions.usages[question.usages] {
            usage[questions.string(entry.unit)] = UInt64(entry.amount)
        }
        for entry in questions.attributes[question.attributes] {
            attributes[questions.string(entry.key)] = questions.string(entry.value)
        }
        limits = questions.inlineLimits[question.inlineLimits].map { limit in
            InlineLimit(
                rate: questions.string(limit.rate),
                scope: questions.string(limit.scope),
                algorithm: questions.string(limit.algorithm),
                cost: UInt64(limit.cost),
                burst: UInt64(limit.burst)
            )
        }
    }
}
