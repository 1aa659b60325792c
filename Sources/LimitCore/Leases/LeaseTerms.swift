/// The lease that a check carries if it is admitted.
package struct LeaseTerms: Sendable, Equatable {
    /// Unique among the leases that live at the same time. It names the lease's slots.
    package var id: UInt64
    /// How long it lasts without a sign of life; above 0.
    package var time: Microseconds

    package init(id: UInt64, time: Microseconds) {
        self.id = id
        self.time = time
    }
}

/// What the store granted a check that carries a lease.
package struct LeaseGrant: Sendable, Equatable {
    /// When it runs out by the store's clock, unless it is renewed.
    package var expiry: Microseconds
    /// In `CheckBatch.held`.
    package var held: Range<Int>

    package init(expiry: Microseconds, held: Range<Int>) {
        self.expiry = expiry
        self.held = held
    }
}

/// A charge that was granted with a lease, and which one of the batch's charges it is.
package struct GrantedCharge: Sendable, Equatable {
    /// In `CheckBatch.charges`.
    package var charge: Int
    package var held: HeldCharge

    package init(charge: Int, held: HeldCharge) {
        self.charge = charge
        self.held = held
    }
}
