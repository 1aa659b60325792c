@testable import RedisStore

/// The script with its clock under a test's hand: only the test's copy reads it from a key.
struct DrivenScript {
    let source: String
    private let key: String

    /// - Parameter prefix: what the clock's keys start with; stores that share a server each have their own clock.
    init(prefix: String = "test") throws {
        key = "\(prefix):clock"
        var source = DecisionScript.source
        let reading = "local clock = call('MGET', '\(key):s', '\(key):us')"
        try Self.replace("local clock = call('TIME')", by: reading, &source)
        try Self.replace("local slack = 1 --", by: "local slack = 600000 --", &source)
        self.source = source
    }

    /// The command that sets the clock.
    func setting(_ now: Int64) -> [String] {
        ["MSET", "\(key):s", String(now / 1_000_000), "\(key):us", String(now % 1_000_000)]
    }

    private static func replace(_ line: String, by other: String, _ source: inout String) throws {
        let parts = source.split(separator: line, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw TestFailure("the script has no single line \(line)") }
        source = parts.joined(separator: other)
    }
}
