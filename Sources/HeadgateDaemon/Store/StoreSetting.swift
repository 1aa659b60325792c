import Foundation
package import RedisStore

/// Where counters live, as `--store` and the settings beside it say.
package enum StoreSetting: Sendable {
    case memory
    case redis(RedisSettings)

    static let names: Set<String> = [
        "store", "secret-file", "key-prefix", "store-ca-file", "store-certificate-file", "store-key-file",
        "store-sentinel-user",
        "store-sentinel-password-file",
    ]

    /// A store without a secret cannot hash a client yet; the daemon finds one before it starts.
    init(_ sources: SettingSources, secret: DeploymentSecret? = nil) throws(SettingsError) {
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
        var settings = RedisSettings(url: url, secret: secret?.newest ?? Self.noSecret)
        if let prefix = sources.find("key-prefix") {
            settings.prefix = try Self.checked(prefix)
        }
        settings.authorityFile = sources.find("store-ca-file")?.text
        settings.certificateFile = sources.find("store-certificate-file")?.text
        settings.keyFile = sources.find("store-key-file")?.text
        settings.sentinelUser = sources.find("store-sentinel-user")?.text
        settings.sentinelPassword = try Self.password(sources)
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

    /// From a file: a command line is for everyone to read.
    private static func password(_ sources: SettingSources) throws(SettingsError) -> String? {
        guard let found = sources.find("store-sentinel-password-file") else { return nil }
        guard let content = FileManager.default.contents(atPath: found.text) else {
            throw SettingsError("\(found.origin): \(found.text) cannot be read")
        }
        let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.count == 1 else { throw SettingsError("\(found.origin): \(found.text) does not hold one line") }
        return String(lines[0])
    }

    /// For connections that hash no client.
    private static let noSecret = [UInt8](repeating: 0, count: 32)
}
