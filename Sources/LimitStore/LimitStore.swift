package import LimitCore

/// Where counters live: the seam between deciding and storing.
///
/// A lane calls its store on its own event loop and is answered there, so an implementation needs no lock for what
/// belongs to a lane. A store that decides in memory answers before it returns; nothing on the seam is `async`.
package protocol LimitStore: AnyObject {
    /// Decides all checks of the batch in order, each in one atomic step: all of its charges fit and all are charged,
    /// or none is.
    ///
    /// Expects `questions`, `charges` and `priced` to be filled and fills `outcomes` and `results`. Calls `reply`
    /// exactly once; a check the store could not decide comes back as `.unknown`. Until then the batch is the store's.
    ///
    /// `deadline` is when the caller stops waiting, in the microseconds of a monotonic clock of the lane; a store that
    /// answers at once ignores it.
    func decide(_ batch: CheckBatch, deadline: Microseconds, reply: @escaping (CheckBatch) -> Void)
}
