/// Keeps leases alive.
package struct RenewRequest: Sendable, Equatable {
    package struct Item: Sendable, Equatable {
        /// 1 to 1,024 bytes.
        package var lease: [UInt8]
        /// Used so far in all. At most 8, a unit appears once.
        package var usage: [UnitAmount]

        package init(lease: [UInt8], usage: [UnitAmount] = []) {
            self.lease = lease
            self.usage = usage
        }
    }

    /// 1 to 256.
    package var leases: [Item]

    package init(leases: [Item]) {
        self.leases = leases
    }
}

/// What became of the leases, in the order of the request.
package struct RenewResponse: Sendable, Equatable {
    package struct Item: Sendable, Equatable {
        /// False: the lease ran out or was settled.
        package var alive: Bool
        /// The client is over its limit by what was reported.
        package var stop: Bool
        /// The lease to use from now on.
        package var lease: [UInt8]

        package init(alive: Bool, stop: Bool = false, lease: [UInt8] = []) {
            self.alive = alive
            self.stop = stop
            self.lease = lease
        }
    }

    package var leases: [Item]

    package init(leases: [Item]) {
        self.leases = leases
    }
}
