extension Questions {
    /// Adds a check given as a value and returns its index.
    package mutating func append(_ request: CheckRequest) throws(InvalidField) -> Int {
        begin()
        do throws(InvalidField) {
            try setClient(request.client.utf8.span)
            try setRoute(request.route.utf8.span)
            try setTier(request.tier.utf8.span)
            setFlags(peek: request.peek, allLimits: request.allLimits)
            for (unit, amount) in request.usage {
                try addUsage(unit: unit.utf8.span, amount: amount)
            }
            for (key, value) in request.attributes {
                try addAttribute(key: key.utf8.span, value: value.utf8.span)
            }
            for limit in request.limits {
                try addInlineLimit(
                    rate: limit.rate.utf8.span,
                    scope: limit.scope.utf8.span,
                    algorithm: limit.algorithm.utf8.span,
                    cost: limit.cost,
                    burst: limit.burst
                )
            }
            return try end()
        } catch {
            abandon()
            throw error
        }
    }
}
