package import LimitCore

/// A call about leases that an earlier step was handed.
package struct TrialLeaseCall: Sendable, Equatable {
    /// What is done with them, as cases call it.
    package enum Kind: String, Sendable {
        /// Ends the oldest lease that no step has ended, by what was used.
        case settle
        /// Ends it as if its call had never happened.
        case cancel
        /// Keeps all leases alive that no step has ended.
        case renew

        /// What such a call may be answered.
        package var outcomes: [LeaseOutcome] { self == .renew ? [.alive, .stop, .late] : [.settled, .late] }
    }

    package var kind: Kind
    /// What the step that was handed the leases calls them.
    package var name: String
    /// In all, by unit; a unit that is left out keeps its estimate.
    package var usage: [UnitAmount]
    package var expected: LeaseOutcome
}

/// What became of a lease.
package enum LeaseOutcome: String, Sendable {
    case settled
    case alive
    /// Alive, and its client is over a limit by what was used.
    case stop
    /// Ended before, or run out: nothing was changed.
    case late
}
