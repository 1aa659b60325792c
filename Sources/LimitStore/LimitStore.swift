package import LimitCore

/// Where counters live: the seam between deciding and storing.
///
/// A lane calls its store on its own event loop and is answered there, so an implementation needs no lock for what
/// belongs to a lane. A store that decides in memory answers before it returns; nothing on the seam is `async`.
package protocol LimitStore: AnyObject {
    /// Decides all checks of the batch in order, each in one atomic step: all of its charges fit and all are charged,
    /// or none is.
    ///
    /// Expects `questions`, `charges`, `priced` and `deadlines` to be filled, and fills `outcomes` and `results`.
    /// Calls `reply` whenever results have come, the last time when none is pending. A check that the store could
    /// not decide by its deadline comes back as `.unknown`. Until the last reply the batch is the store's.
    func decide(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void)

    /// Carries out all operations in order, each in one atomic step: it changes every charge of its lease or, where
    /// the lease was settled before or has run out, none.
    ///
    /// Fills `results` and calls `reply` once. An operation that the store could not carry out by its deadline comes
    /// back as `.unknown`.
    func settle(_ batch: LeaseBatch, reply: @escaping (LeaseBatch) -> Void)
}
