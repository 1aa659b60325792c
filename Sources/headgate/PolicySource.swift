import HeadgateDaemon
import LimitPolicy

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A policy file named on the command line.
struct PolicySource {
    let path: String

    /// Larger files are refused without being read.
    private static let largest = 16 << 20

    /// The compiled policy; fails with a line a problem.
    func load() throws(CommandFailure) -> Policy {
        let bytes = try content()
        do throws(PolicyErrors) {
            return try Policy.load(bytes, name: path)
        } catch {
            throw CommandFailure(lines: error.description)
        }
    }

    /// Rules, limits and fingerprint, in a few words.
    static func summary(_ policy: Policy) -> String {
        let rules = policy.rules.count == 1 ? "1 rule" : "\(policy.rules.count) rules"
        let limits = policy.limits.count == 1 ? "1 limit" : "\(policy.limits.count) limits"
        return "\(rules), \(limits), fingerprint \(Fingerprint(policy.fingerprint))"
    }

    /// The file's bytes.
    func content() throws(CommandFailure) -> [UInt8] {
        guard let file = fopen(path, "r") else { throw problem() }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while content.count <= PolicySource.largest {
            let count = fread(&chunk, 1, chunk.count, file)
            content += chunk.prefix(count)
            if count > 0 { continue }
            if ferror(file) != 0 { throw problem() }
            return content
        }
        throw CommandFailure("\(path): is larger than 16 MiB")
    }

    private func problem() -> CommandFailure {
        CommandFailure("\(path): \(String(cString: strerror(errno)))")
    }
}

extension String {
    /// `printable`, line by line.
    var printableLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}
