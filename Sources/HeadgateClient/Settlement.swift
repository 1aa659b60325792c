/// What became of a lease that was to be settled.
public enum Settlement: String, Sendable, Hashable, CaseIterable {
    /// The daemon replaced what was held by what was used, and freed the slots.
    case settled
    /// It was settled before, or had run out: nothing was changed.
    case gone
    /// The daemon did not give it out, or it was altered: nothing was changed.
    case refused
    /// No daemon took it yet; it is tried again in the background until the lease is over.
    case pending
    /// No daemon took it, and it is not tried again.
    case unsettled
    /// There was nothing to settle.
    case nothing
}
