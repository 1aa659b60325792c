internal import LimitCore

/// What a policy can say and this version does not yet enforce.
///
/// It is read and checked like the rest and then refused by name, for a limit that silently does not hold is worse
/// than none. What becomes enforced is taken out of here and nowhere else.
enum Unenforced {
    static func reason(_ algorithm: Algorithm) -> String? {
        switch algorithm {
        case .slidingLog, .concurrency: "\(algorithm.name) is not enforced by this version"
        case .fixedWindow, .slidingWindow, .tokenBucket: nil
        }
    }

    static func reason(_ rate: Rate) -> String? {
        rate.calendar.map { "calendar rates (calendar \($0.name)) are not enforced by this version" }
    }
}

extension PolicyDecoder {
    /// Notes what the model holds and this version does not enforce, each at its place.
    mutating func refuseUnenforced() {
        if let algorithm = model.algorithm, let reason = Unenforced.reason(algorithm.value) {
            problem(algorithm.place, reason)
        }
        for limit in model.everywhere { refuseUnenforced(limit) }
        for rule in model.rules {
            if let algorithm = rule.algorithm, let reason = Unenforced.reason(algorithm.value) {
                problem(algorithm.place, reason)
            }
            for limit in rule.limits { refuseUnenforced(limit) }
        }
    }

    private mutating func refuseUnenforced(_ limit: LimitModel) {
        if let reason = Unenforced.reason(limit.algorithm) {
            problem(limit.algorithmPlace ?? limit.countingPlace, reason)
        }
        if case .rate(let rate) = limit.counting, let reason = Unenforced.reason(rate) {
            problem(limit.countingPlace, reason)
        }
    }
}
