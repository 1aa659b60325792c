import LimitCore

/// What the outcomes of a check's charges come to: the reason, the wait and the limit that decided.
struct DecidingLimit {
    var reason = Reason.unspecified
    var retry = Retry.after(0)
    /// The charge that decided; nil where there is none but shadows.
    var charge: Int?

    /// Of a check that was refused: the cost that can never fit, else the rate with the longest wait, else the slots
    /// with the longest; ties in policy order.
    init(refused charges: ArraySlice<Charge>, _ outcomes: [Outcome]) {
        var longest: (isRate: Bool, wait: Microseconds) = (false, -1)
        for index in charges.indices where outcomes[index].limited && !charges[index].shadow {
            guard case .after(let wait) = outcomes[index].retry else {
                self = DecidingLimit(reason: .costTooLarge, retry: .never, charge: index)
                return
            }
            let isRate = charges[index].limit.algorithm != .concurrency
            guard isRate == longest.isRate ? wait > longest.wait : isRate else { continue }
            longest = (isRate, wait)
            self = DecidingLimit(reason: isRate ? .rate : .concurrency, retry: .after(wait), charge: index)
        }
    }

    /// Of a check that was admitted: the limit with the smallest share left; ties in policy order.
    init(admitted charges: ArraySlice<Charge>, _ outcomes: [Outcome]) {
        for index in charges.indices where !charges[index].shadow {
            guard let best = charge else {
                charge = index
                continue
            }
            let this = charges[index].remaining(outcomes[index]).multipliedFullWidth(by: charges[best].capacity)
            let that = charges[best].remaining(outcomes[best]).multipliedFullWidth(by: charges[index].capacity)
            if (this.high, this.low) < (that.high, that.low) { charge = index }
        }
    }

    private init(reason: Reason, retry: Retry, charge: Int?) {
        self.reason = reason
        self.retry = retry
        self.charge = charge
    }
}
