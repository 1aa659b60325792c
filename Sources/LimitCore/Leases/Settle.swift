/// Ends a lease.
package struct SettleRequest: Sendable, Equatable {
    /// 1 to 1,024 bytes.
    package var lease: [UInt8]
    /// What the call really used; a unit left out keeps its estimate. At most 8, a unit appears once.
    package var usage: [UnitAmount]
    /// The call never happened: give everything back.
    package var cancel: Bool

    package init(lease: [UInt8], usage: [UnitAmount] = [], cancel: Bool = false) {
        self.lease = lease
        self.usage = usage
        self.cancel = cancel
    }
}

package struct SettleResponse: Sendable, Equatable {
    /// False where the lease was settled before or ran out: nothing was changed.
    package var settled: Bool

    package init(settled: Bool) {
        self.settled = settled
    }
}
