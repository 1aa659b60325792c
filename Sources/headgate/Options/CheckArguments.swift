package import ArgumentParser
package import LimitCore

/// What is asked about: a client, a route, and what else the policy matches or counts by.
package struct CheckArguments: ParsableArguments {
    @Argument(help: "Who calls: an API key, a user id, an IP address.")
    package var client: String

    @Argument(help: "What is called: /predict.")
    package var route: String

    @Option(name: .customLong("usage"), help: "What the call costs in a unit: tokens=100. May be given again.")
    package var usages: [String] = []

    @Option(name: .customLong("attribute"), help: "What a policy matches by: model=llama-3. May be given again.")
    package var attributes: [String] = []

    @Option(help: "The client's tier. (default: what the policy says)")
    package var tier: String?

    @Option(name: .customLong("limit"), help: "A limit beside the policy's own: 10/minute. May be given again.")
    package var limits: [String] = []

    package init() {}

    package func validate() throws {
        _ = try request()
    }

    /// The check that the arguments describe.
    package func request() throws -> CheckRequest {
        var request = CheckRequest(client: client, route: route)
        for text in usages {
            let (unit, amount) = try CheckArguments.pair(text, "--usage", "tokens=100")
            guard amount.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let amount = UInt64(amount) else {
                throw ValidationError("--usage \(text): \"\(amount)\" is not a whole number from 0 up")
            }
            guard request.usage.updateValue(amount, forKey: unit) == nil else {
                throw ValidationError("--usage \(text): \"\(unit)\" is given twice")
            }
        }
        for text in attributes {
            let (key, value) = try CheckArguments.pair(text, "--attribute", "model=llama-3")
            guard request.attributes.updateValue(value, forKey: key) == nil else {
                throw ValidationError("--attribute \(text): \"\(key)\" is given twice")
            }
        }
        request.tier = tier ?? ""
        request.limits = limits.map { CheckRequest.InlineLimit(rate: $0) }
        return request
    }

    private static func pair(_ text: String, _ flag: String, _ example: String) throws -> (String, String) {
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
            throw ValidationError("\(flag) \(text): is not of the form \(example)")
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
}
