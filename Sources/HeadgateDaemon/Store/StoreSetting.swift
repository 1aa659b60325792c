import Foundation
package import RedisStore

/// Where counters live, as `--store` and the settings beside it say.
package enum StoreSetting: Sendable {
    case memory
    case redis(RedisSettings)

    static let names: Set<String> = [
        "store", "secret-file", "key-prefix", "store-ca-file", "store-certificate-file", "store-key-file",
    ]

    /// Pushing a policy hashes no client, so it needs no secret.
    init(_ sources: SettingSources, needsSecret: Bool = true) throws(SettingsError) {
        guard let found = sources.find("store"), found.text != "memory" else {
            self = .memory
            return
        }
        let url: RedisURL
        do throws(StoreError) {
            url = try RedisURL(found.text)
        } catch {
            // The text may hold a password: the error says what is wrong without it.
            throw SettingsError("\(found.origin): \(error)")
        }
        let secret = needsSecret ? try Self.secret(sources) : Array(repeating: 0, count: 32)
        var settings = RedisSettings(url: url, secret: secret)
        if let prefix = sources.find("key-prefix") {
            settings.prefix = try Self.checked(prefix)
        }
        settings.authorityFile = sources.find("store-ca-file")?.text
        settings.certificateFile = sources.find("store-certificate-file")?.text
        settings.keyFile = sources.find("store-key-file")?.text
        self = .redis(settings)
    }

    /// Braces would move the tag that a Cluster hashes on.
    private static func checked(_ prefix: SettingSources.Found) throws(SettingsError) -> String {
        let isPlain = prefix.text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x7B && $0 != 0x7D }
        guard isPlain, (1...64).contains(prefix.text.utf8.count) else {
            throw prefix.problem("is no prefix of 1 to 64 printable characters without braces")
        }
        return prefix.text
    }

    /// The deployment's secret, without the line end an editor leaves behind.
    private static func secret(_ sources: SettingSources) throws(SettingsError) -> [UInt8] {
        guard let found = sources.find("secret-file") else {
            throw SettingsError(
                "--secret-file: a shared store needs a secret, the same on every daemon; "
                    + "`head -c 32 /dev/urandom | base64 > secret` makes one"
            )
        }
        guard let content = FileManager.default.contents(atPath: found.text) else {
            throw SettingsError("\(found.origin): \(found.text) cannot be read")
        }
        var secret = [UInt8](content)
        while let last = secret.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { secret.removeLast() }
        guard (16...4096).contains(secret.count) else {
            throw SettingsError("\(found.origin): \(found.text) has \(secret.count) bytes; a secret has 16 to 4096")
        }
        return secret
    }
}
