import LimitCore
import LimitPolicy

extension CaseDecoder {
    private static let limitKeys = ["rate", "scope", "algorithm", "cost", "burst"]

    /// The call that the fields describe; what they do not say is as in `common`, attributes and usage by their keys.
    mutating func decodeCall(_ fields: Fields, over common: CheckRequest) -> CheckRequest {
        var request = common
        if let place = fields["client"] { request.client = name(place, atMost: Bounds.client) ?? "?" }
        if let place = fields["route"] { request.route = name(place, atMost: Bounds.route) ?? "?" }
        if let place = fields["tier"] { request.tier = text(place) ?? "" }
        if let place = fields["peek"] { request.peek = bool(place) ?? false }
        if let place = fields["attributes"], let entries = entries(place, named: true) {
            for entry in entries { request.attributes[entry.name] = text(entry.value) ?? "" }
        }
        if let place = fields["usage"], let entries = entries(place, named: true) {
            for entry in entries {
                request.usage[entry.name] = UInt64(wholeNumber(entry.value, 0...Amount.max) ?? 0)
            }
        }
        if let place = fields["limits"], let items = list(place) {
            request.limits = items.compactMap { decodeInlineLimit($0) }
        }
        return request
    }

    private mutating func decodeInlineLimit(_ place: Located) -> CheckRequest.InlineLimit? {
        guard case .mapping = place.node.content else {
            return rate(place).map { CheckRequest.InlineLimit(rate: $0) }
        }
        guard let fields = fields(place, Self.limitKeys) else { return nil }
        guard let rate = fields["rate"] else {
            problem(place, "needs rate:")
            return nil
        }
        var limit = CheckRequest.InlineLimit(rate: self.rate(rate) ?? "1/s")
        if let place = fields["scope"] { limit.scope = text(place) ?? "" }
        if let place = fields["algorithm"] { limit.algorithm = choice(place, Algorithm.allCases.map(\.name)) ?? "" }
        if let place = fields["cost"] { limit.cost = UInt64(wholeNumber(place, 0...Amount.max) ?? 0) }
        if let place = fields["burst"] { limit.burst = UInt64(wholeNumber(place, 0...Amount.max) ?? 0) }
        return limit
    }

    private mutating func rate(_ place: Located) -> String? {
        guard let text = text(place) else { return nil }
        do throws(RateProblem) {
            _ = try Rate.parse(text)
            return text
        } catch {
            problem(place, error.description)
            return nil
        }
    }
}
