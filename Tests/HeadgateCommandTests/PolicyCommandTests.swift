import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PolicyCommandTests {
    /// Runs a policy command on a file with the given content.
    private func run(_ content: String, _ command: String, _ rest: String...) async throws -> (
        String, BuiltCommand.Ending
    ) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(content.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return (file.path, try await BuiltCommand.run(["policy", command, file.path] + rest))
    }

    private let valid = """
        everywhere: [ 1000 per hour ]
        routes:
          - { name: predict, route: /predict, limits: [ 10 per minute ] }
        """

    @Test func `a valid file is one line with its rules, limits and fingerprint`() async throws {
        let (path, ending) = try await run(valid, "check")
        #expect(ending.code == 0 && ending.complaint.isEmpty)
        #expect(ending.output.hasPrefix("\(path): ok, 1 rule, 2 limits, fingerprint "))
        let fingerprint = ending.output.dropLast().suffix(16)
        #expect(UInt64(fingerprint, radix: 16) != nil)
    }

    @Test func `every problem is a line with its place, and the exit code is 2`() async throws {
        let (path, ending) = try await run("routes:\n  - { route: /a, limits: [ banana ] }\nbanana: 1\n", "check")
        #expect(ending.code == 2 && ending.output.isEmpty)
        #expect(ending.complaintLines.count == 2)
        for line in ending.complaintLines {
            let place = try /(.+):\d+:\d+: [^:]+: .+/.wholeMatch(in: line)
            #expect(place?.1 == Substring(path), "\(line)")
        }
    }

    @Test func `explain names the rule and the limits that hold`() async throws {
        let (_, ending) = try await run(valid, "explain", "alice", "/predict")
        #expect(ending.code == 0)
        #expect(ending.output.contains("predict") && ending.output.contains("10"))
    }

    @Test func `explain of a file with problems lists them like check`() async throws {
        let (_, ending) = try await run("banana: 1\n", "explain", "alice", "/predict")
        #expect(ending.code == 2 && ending.complaintLines.count == 1)
    }

    @Test func `test ends with 0 where all cases pass and with 2 where one does not`() async throws {
        let cases = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: cases) }
        for (count, code) in [(10, Int32(0)), (11, 2)] {
            let file =
                "cases: [ { name: a, client: c, route: /predict, steps: [ { repeat: \(count), expect: allowed } ] } ]"
            try Data(file.utf8).write(to: cases)
            let (_, ending) = try await run(valid, "test", cases.path)
            #expect(ending.code == code && ending.complaint.isEmpty)
            #expect(ending.output.hasPrefix(code == 0 ? "ok      a  10 calls\n" : "FAILED  a  \(cases.path):1\n"))
        }
        try Data("cases: [ { name: a, steps: [ 1 ] } ]".utf8).write(to: cases)
        let (_, ending) = try await run(valid, "test", cases.path)
        #expect(ending.code == 2 && ending.output.isEmpty && ending.complaint.hasPrefix("\(cases.path):1:"))
    }
}
