import LimitCore

private enum CheckField: String {
    case client, route, usage, attributes, tier, limits, peek
    case allLimits = "all_limits"
}

private enum InlineLimitField: String {
    case rate, scope, algorithm, cost, burst
}

extension JSONReader {
    /// Reads a CheckRequest straight into the questions; one that is refused adds nothing.
    mutating func check(into questions: inout Questions) throws(InvalidField) {
        questions.begin()
        do throws(InvalidField) {
            var (peek, allLimits) = (false, false)
            try message("check", CheckField.self) { reader, field throws(InvalidField) in
                switch field {
                case .client:
                    let client = try reader.string("client")
                    try questions.setClient(client.span)
                case .route:
                    let route = try reader.string("route")
                    try questions.setRoute(route.span)
                case .tier:
                    let tier = try reader.string("tier")
                    try questions.setTier(tier.span)
                case .usage: try reader.usage(into: &questions)
                case .attributes: try reader.attributes(into: &questions)
                case .limits: try reader.limits(into: &questions)
                case .peek: peek = try reader.bool("peek")
                case .allLimits: allLimits = try reader.bool("all_limits")
                }
            }
            questions.setFlags(peek: peek, allLimits: allLimits)
            _ = try questions.end()
        } catch {
            questions.abandon()
            throw error
        }
    }

    private mutating func usage(into questions: inout Questions) throws(InvalidField) {
        try object("usage") { reader, unit throws(InvalidField) in
            let amount = try reader.uint64("usage")
            try questions.addUsage(unit: unit.span, amount: amount)
        }
    }

    private mutating func attributes(into questions: inout Questions) throws(InvalidField) {
        try object("attributes") { reader, key throws(InvalidField) in
            let value = try reader.string("attributes")
            try questions.addAttribute(key: key.span, value: value.span)
        }
    }

    private mutating func limits(into questions: inout Questions) throws(InvalidField) {
        try array("limits") { reader, index throws(InvalidField) in
            let name = "limits[\(index)]"
            var (rate, scope, algorithm): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
            var (cost, burst): (UInt64, UInt64) = (0, 0)
            try reader.message(name, InlineLimitField.self) { reader, field throws(InvalidField) in
                switch field {
                case .rate: rate = try reader.string("\(name).rate")
                case .scope: scope = try reader.string("\(name).scope")
                case .algorithm: algorithm = try reader.string("\(name).algorithm")
                case .cost: cost = try reader.uint64("\(name).cost")
                case .burst: burst = try reader.uint64("\(name).burst")
                }
            }
            try questions.addInlineLimit(
                rate: rate.span,
                scope: scope.span,
                algorithm: algorithm.span,
                cost: cost,
                burst: burst
            )
        }
    }
}
