import LimitCore

/// What the outcomes of a check's charges come to: the reason, the wait and the limit that decided.
struct DecidingLimit {
    var reason = Reason.unspecified
    var retry = Retry.after(0)
    /// The charge that decided; nil where there is none but shadows.
    var charge: Int?

    /// Of a check that was refused: the cost that can never fit, else the longest wait; ties in policy order.
    init(refused charges: ArraySlice<Charge>, _ outcomes: [Outcome]) {
        var longest: Microseconds = -1
        for index in charges.indices where outcomes[index].limited && !charges[index].shadow {
            switch outcomes[index].retry {
            case .never:
                self = DecidingLimit(reason: .costTooLarge, retry: .never, charge: index)
                return
            case .after(let wait) where wait > longest:
                longest = wait
                self = DecidingLimit(reason: .rate, retry: .after(wait), charge: index)
            case .after:
                continue
            }
        }
    }

    /// Of a check that was admitted: the limit with the smallest share left; ties in policy order.
    init(admitted charges: ArraySlice<Charge>, _ outcomes: [Outcome]) {
        for index in charges.indices where !charges[index].shadow {
            guard let best = charge else {
                charge = index
                continue
            }
            let this = outcomes[index].remaining.multipliedFullWidth(by: charges[best].limit.capacity)
            let that = outcomes[best].remaining.multipliedFullWidth(by: charges[index].limit.capacity)
            if (this.high, this.low) < (that.high, that.low) { charge = index }
        }
    }

    private init(reason: Reason, retry: Retry, charge: Int?) {
        self.reason = reason
        self.retry = retry
        self.charge = charge
    }
}
