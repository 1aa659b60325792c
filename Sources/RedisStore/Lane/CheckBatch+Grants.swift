import LimitCore

extension CheckBatch {
    /// A batch that holds places in the stead of checks, for what else is asked of a server.
    convenience init(places: Int) {
        self.init()
        priced = Array(repeating: 0..<0, count: places)
        prepareForStore()
    }

    /// Notes what a check was charged, where it carries a lease or is a part of one over several slots.
    func grant(_ decision: DecisionPlan.Decision, _ check: Int) {
        guard !decision.held.isEmpty || decision.expiry != nil else { return }
        let first = priced[check].lowerBound
        let charges = decision.held.map { GrantedCharge(charge: first + $0.charge, held: $0.held) }
        if let expiry = decision.expiry {
            grant(charges, check, expiry: expiry)
        } else {
            held += charges
        }
    }

    /// Notes the lease that a check was granted.
    func grant(_ charges: [GrantedCharge], _ check: Int, expiry: Microseconds) {
        grants[check] = LeaseGrant(expiry: expiry, held: held.count..<held.count + charges.count)
        held += charges
    }
}
