/// Descriptors are checks that name no client and no route: which of their attributes are these, the policy says.
extension Questions {
    /// What a descriptor costs, at most `Amount.max` either way; 0 asks whether one more would fit, and below 0 so many
    /// are given back.
    package mutating func setHits(_ amount: Int64) {
        current.hits = amount
    }

    /// Adds a limit that takes the place of the rule's for the attributes added so far, which name its counter.
    package mutating func addOverride(rate: String) {
        // No scope of a caller's own begins with a control byte.
        var scope: [UInt8] = [0]
        for attribute in attributes[current.attributes.lowerBound...] {
            for part in [attribute.key, attribute.value] {
                scope += String(part.count).utf8
                scope.append(UInt8(ascii: ":"))
                scope += text[part.indices]
            }
        }
        var limit = InlineLimitText(
            rate: append(rate.utf8.span),
            scope: append(scope.span),
            algorithm: .empty,
            cost: 0,
            burst: 0
        )
        limit.isOverride = true
        inlineLimits.append(limit)
    }

    /// Ends a descriptor and returns its index.
    package mutating func endDescriptor() -> Int { close() }

    /// Makes the first of the attributes that is there the client of a check, and likewise its route; one that has
    /// none of them stays without.
    package mutating func identify(_ check: Int, client: [String], route: [String]) {
        checks[check].client = firstValue(of: client, in: check)
        checks[check].route = firstValue(of: route, in: check)
    }

    private func firstValue(of keys: [String], in check: Int) -> ByteRange {
        for key in keys {
            for attribute in attributes[checks[check].attributes]
            where attribute.key.count == key.utf8.count && text[attribute.key.indices].elementsEqual(key.utf8) {
                return attribute.value
            }
        }
        return .empty
    }

    /// Has a check answered without charging anything.
    package mutating func makePeek(_ check: Int) {
        checks[check].peek = true
    }
}
