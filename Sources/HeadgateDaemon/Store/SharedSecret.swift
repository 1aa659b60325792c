import Crypto
import Foundation
import RedisStore

/// The secret that daemons without `--secret-file` share: one that the first of them made and left in the store.
///
/// It keeps leases from being forged by whoever calls the daemons, and not by whoever can read the store.
struct SharedSecret {
    private static let document = "secret"

    /// Reads the store's secret; where there is none yet, makes it. The store must be there.
    static func obtain(_ settings: RedisSettings) async throws -> DeploymentSecret {
        let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
        let session = ControlSession(settings: settings)
        // Only the first one writes; what is there then is everybody's.
        _ = try await session.run { $0.write(document, fresh, over: 0) }
        let content = try await session.run { $0.read(document) }.content ?? []
        guard content.count >= 16 else { throw StoreError(.settings, "the secret in the store is too short") }
        return DeploymentSecret(newest: content)
    }
}
