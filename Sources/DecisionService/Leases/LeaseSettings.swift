/// Whose leases a lane hands out and takes back.
package struct LeaseSettings: Sendable {
    let secrets: LeaseSecrets
    /// Tells this run of this daemon from all others: what its memory holds ends with it.
    let daemon: UInt64
    /// The store is shared: any daemon with the same secret settles its leases.
    let isShared: Bool

    package init(secrets: LeaseSecrets, daemon: UInt64, isShared: Bool) {
        self.secrets = secrets
        self.daemon = daemon
        self.isShared = isShared
    }

    /// For a store in memory: leases that nobody else knows.
    package static func ofThisProcess() -> LeaseSettings {
        LeaseSettings(secrets: .ofThisProcess(), daemon: .random(in: 0 ... .max), isShared: false)
    }
}
