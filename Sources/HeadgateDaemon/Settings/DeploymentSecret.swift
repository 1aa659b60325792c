import Foundation

/// The secret that the daemons of a deployment share: keys in the store are hashed with it and leases sealed.
package struct DeploymentSecret: Sendable {
    /// The newest first. Leases are sealed with it and opened with either; keys are hashed with the newest alone.
    package let generations: [[UInt8]]

    package var newest: [UInt8] { generations[0] }

    /// How long one is, in bytes: from 128 bits.
    private static let lengths = 16...4096
    private static let mostGenerations = 2

    init(newest: [UInt8]) {
        generations = [newest]
    }

    /// Reads `--secret-file`: a secret in the first line, and in the second the one before it, where there is one.
    init?(_ sources: SettingSources) throws(SettingsError) {
        guard let found = sources.find("secret-file") else { return nil }
        guard let content = FileManager.default.contents(atPath: found.text) else {
            throw SettingsError("\(found.origin): \(found.text) cannot be read")
        }
        var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : Array(line)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard (1...Self.mostGenerations).contains(lines.count) else {
            throw SettingsError(
                "\(found.origin): \(found.text) has \(lines.count) lines; it has a secret and at most the one before it"
            )
        }
        for (index, line) in lines.enumerated() where !Self.lengths.contains(line.count) {
            throw SettingsError(
                "\(found.origin): \(found.text), line \(index + 1) has \(line.count) bytes; a secret has 16 to 4096"
            )
        }
        generations = lines
    }
}
