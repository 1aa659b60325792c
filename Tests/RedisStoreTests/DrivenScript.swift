@testable import RedisStore

/// The script with its clock under a test's hand: only the test's copy reads it from a key.
enum DrivenScript {
    static func source() throws -> String {
        var source = DecisionScript.source
        try replace(
            "local clock = call('TIME')",
            by: "local clock = {call('GET', 'clock:s'), call('GET', 'clock:us')}",
            &source
        )
        try replace("local slack = 1 --", by: "local slack = 600000 --", &source)
        return source
    }

    static func set(_ now: Int64, on connection: TestConnection) throws {
        try connection.command("SET", "clock:s", String(now / 1_000_000))
        try connection.command("SET", "clock:us", String(now % 1_000_000))
    }

    private static func replace(_ line: String, by other: String, _ source: inout String) throws {
        let parts = source.split(separator: line, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw TestFailure("the script has no single line \(line)") }
        source = parts.joined(separator: other)
    }
}
