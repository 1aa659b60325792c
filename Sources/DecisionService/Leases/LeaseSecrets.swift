import Crypto

/// The keys that leases are sealed with: the newest seals, and it and the one before open.
///
/// Daemons with the same secret take each other's leases. Each purpose of a deployment's secret has a key of its own.
package struct LeaseSecrets: Sendable {
    let keys: [SymmetricKey]

    /// `generations` are the deployment's secrets, the newest first; at least one.
    package init(generations: [[UInt8]]) {
        precondition(!generations.isEmpty, "leases are sealed with at least one secret")
        keys = generations.map { secret in
            let purpose = Array("headgate lease token".utf8)
            return SymmetricKey(
                data: HMAC<SHA256>.authenticationCode(for: purpose, using: SymmetricKey(data: secret))
            )
        }
    }

    /// Keys of this process alone: its leases end with it.
    package static func ofThisProcess() -> LeaseSecrets {
        LeaseSecrets(generations: [SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }])
    }
}
