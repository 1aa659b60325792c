import LimitCore
import LimitPolicy

/// Has the policy price all checks of a batch.
struct BatchPricing {
    let pricer: Pricer
    let askers: [PendingBatch.Asker]

    func price(
        _ questions: inout Questions,
        charges: inout [Charge],
        priced: inout [Range<Int>],
        rulings: inout [Ruling]
    ) {
        while rulings.count < askers.count {
            let check = rulings.count
            let start = charges.count
            do throws(InvalidField) {
                rulings.append(.priced(try pricer.price(check, of: &questions, into: &charges)))
                priced.append(start..<charges.count)
            } catch {
                charges.removeLast(charges.count - start)
                refuse(askers[check], check, error, &charges, &priced, &rulings)
            }
        }
    }

    /// Fails a check, and with it the whole message that it came in.
    private func refuse(
        _ asker: PendingBatch.Asker,
        _ check: Int,
        _ error: InvalidField,
        _ charges: inout [Charge],
        _ priced: inout [Range<Int>],
        _ rulings: inout [Ruling]
    ) {
        let message = asker.message
        if message.isEmpty {
            rulings.append(.invalid(error))
            priced.append(charges.count..<charges.count)
            return
        }
        let first = message.lowerBound
        if first < check { charges.removeLast(charges.count - priced[first].lowerBound) }
        rulings.removeLast(check - first)
        priced.removeLast(check - first)
        let named = error.inside("\(asker.group < 0 ? "checks" : "descriptors")[\(check - first)]")
        rulings.append(contentsOf: repeatElement(.invalid(named), count: message.count))
        priced.append(contentsOf: repeatElement(charges.count..<charges.count, count: message.count))
    }
}
