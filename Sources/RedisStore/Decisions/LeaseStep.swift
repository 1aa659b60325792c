import LimitCore

/// What one server is asked to do with a lease: all of an operation, or the part whose counters lie there.
struct LeaseStep: Sendable, Equatable {
    var operation: LeaseOperation
    /// The lease's record is there and decides; else it lies elsewhere and has let the operation pass.
    var hasRecord = true
    /// By charge: whether its counter is there.
    var isHere: [Bool]

    /// As many as a step can have: a lease has one a charge of its check.
    static let mostCharges = 255

    /// A whole operation on one server.
    init(_ operation: LeaseOperation) {
        self.operation = operation
        isHere = operation.charges.map { _ in true }
    }

    /// The part of an operation that lies where its record is; the others lie elsewhere.
    init(_ operation: LeaseOperation, here isHere: [Bool]) {
        self.operation = operation
        self.isHere = isHere
    }

    /// What an operation changes of some of its charges, which lie away from its record, once the record let it pass:
    /// the differences to what they held.
    init(_ operation: LeaseOperation, away places: [Int], held: [Int64]) {
        var part = operation
        part.charges = []
        part.targets = []
        for place in places {
            var charge = operation.charges[place]
            let target = operation.targets[place] ?? held[place]
            let unused = min(held[place], charge.amount) - target
            if charge.limit.algorithm == .concurrency {
                part.targets.append(nil)
            } else if target > held[place] {
                charge.amount = 0
                part.targets.append(target - held[place])
            } else if operation.ends, unused > 0 {
                charge.amount = unused
                part.targets.append(0)
            } else {
                continue
            }
            part.charges.append(charge)
        }
        self.operation = part
        hasRecord = false
        isHere = part.charges.map { _ in true }
    }

    /// Takes back all of these charges, which lie in one slot and of which no lease was made.
    init(givingBack charges: [HeldCharge], of lease: UInt64) {
        operation = LeaseOperation(
            id: lease,
            ends: true,
            expiry: 0,
            time: 0,
            charges: charges,
            targets: charges.map { _ in 0 }
        )
        hasRecord = false
        isHere = charges.map { _ in true }
    }
}

/// A step in a plan.
struct PlannedStep {
    /// Whose place in the plan it has.
    var check: Int
    var record: UInt16?
    var step: LeaseStep
    /// By charge.
    var counters: [UInt16?]
    var limits: [UInt16]
}

/// What became of a step.
enum LeaseStepResult: Sendable, Equatable {
    /// Nothing was changed.
    case gone
    /// Carried out at `now`. `held` is what the charges held before.
    case done(now: Microseconds, isInDebt: Bool, held: [Int64])
}
