import LimitCore

extension [UnitAmount] {
    /// Adds what was used of a unit. A unit given again replaces the earlier amount, as in a protobuf map.
    mutating func add(unit bytes: Span<UInt8>, amount: UInt64) throws(InvalidField) {
        let unit = try WireBounds.text(bytes, "usage", atMost: Bounds.word)
        if unit.isEmpty { throw InvalidField("usage", "has an empty unit") }
        guard let amount = Amount.checked(amount) else { throw InvalidField("usage[\(unit)]", "is above 2^53 - 1") }
        // By bytes: Swift's == also takes another normalisation of the same text for it.
        if let index = firstIndex(where: { $0.unit.utf8.elementsEqual(unit.utf8) }) {
            self[index].amount = amount
        } else {
            append(UnitAmount(unit: unit, amount: amount))
        }
    }
}
