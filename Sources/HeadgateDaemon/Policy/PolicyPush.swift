import LimitPolicy
import RedisStore

/// Puts a policy into the store, where every daemon with `--policy store` takes it from within two seconds.
package struct PolicyPush {
    private let settings: RedisSettings

    /// The settings are those of `serve` that say where the store is; its secret is not needed.
    package init(_ sources: SettingSources) throws(SettingsError) {
        guard case .redis(let settings) = try StoreSetting(sources) else {
            throw SettingsError("--store: a policy is pushed to a shared store such as redis://127.0.0.1:6379")
        }
        self.settings = settings
    }

    /// Writes the text of a policy that was checked and returns its version there.
    package func push(_ text: String) async throws -> Int64 {
        let outcome = try await ControlSession(settings: settings).run { $0.write(StoredPolicy.document, text) }
        switch outcome {
        case .done(let version), .conflict(let version): return version
        }
    }
}
