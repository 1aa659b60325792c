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

    /// Runs `policy simulate` on a log with the given content.
    private func simulate(_ log: String, _ rest: String...) async throws -> (String, BuiltCommand.Ending) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (policy, calls) = (folder.appendingPathComponent("p.yaml"), folder.appendingPathComponent("l.csv"))
        try Data(valid.utf8).write(to: policy)
        try Data(log.utf8).write(to: calls)
        return (calls.path, try await BuiltCommand.run(["policy", "simulate", policy.path, calls.path] + rest))
    }

    private var dozen: String {
        "time,client,route\n" + (0..<12).map { "\(1_767_571_200 + $0),alice,/predict\n" }.joined()
    }

    @Test func `simulate says who would have been refused, and nothing on standard error`() async throws {
        let (_, ending) = try await simulate(dozen, "--by", "client")
        #expect(ending.code == 0 && ending.complaint.isEmpty)
        #expect(ending.output.hasPrefix("12 calls, 1 client, 1 route, 2026-01-05T00:00:00Z to 2026-01-05T00:00:11Z\n"))
        #expect(ending.output.contains("alice       12        2  16.7%"), "\(ending.output)")
        #expect(!ending.output.contains("hours"))
    }

    @Test func `simulate tells it as JSON, with another policy, and without names`() async throws {
        let other = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(valid.replacing("10 per minute", with: "4 per minute").utf8).write(to: other)
        defer { try? FileManager.default.removeItem(at: other) }
        let (_, ending) = try await simulate(dozen, "--json", "--hash-clients", "--against", other.path)
        #expect(ending.code == 0)
        let digest = "sha256:2bd806c97f0e00af"
        #expect(
            ending.output.contains(#""clients":[{"calls":12,"name":"\#(digest)","refused":[2,8]}]"#),
            "\(ending.output)"
        )
        #expect(ending.output.contains(#""hours":[{"calls":12,"name":"2026-01-05T00:00:00Z","refused":[2,8]}]"#))
    }

    @Test func `simulate ends at a bad line with its number, unless it is to leave it out`() async throws {
        let (path, ending) = try await simulate(dozen + "soon,alice,/predict\n")
        #expect(ending.code == 2 && ending.output.isEmpty)
        #expect(ending.complaint.hasPrefix("headgate: \(path):14: time \"soon\" is neither"), "\(ending.complaint)")
        let (_, skipping) = try await simulate(dozen + "soon,alice,/predict\n", "--skip-bad-lines")
        #expect(skipping.code == 0 && skipping.output.contains("1 bad line is left out; it is 14: time"))
    }

    @Test func `simulate reads standard input where the log is a dash`() async throws {
        let (_, ending) = try await run(valid, "simulate", "-")
        #expect(ending.code == 2 && ending.complaint == "headgate: standard input: is empty\n")
    }

    @Test func `import writes a policy that check takes, and tells on standard error what it left out`() async throws {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: output) }
        let limits = """
            domain: edge
            descriptors: [ { key: a, quota_mode: true, rate_limit: { unit: day, requests_per_unit: 5 } } ]
            """
        let input = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(limits.utf8).write(to: input)
        defer { try? FileManager.default.removeItem(at: input) }
        let arguments = ["policy", "import", "envoy-ratelimit", input.path, "--windows", "sliding"]
        let ending = try await BuiltCommand.run(arguments + ["--output", output.path])
        #expect(ending.code == 0 && ending.output == "\(output.path): 1 rule, 2 notes\n")
        #expect(
            ending.complaintLines.count == 2 && ending.complaintLines[1].hasPrefix("\(input.path):2:38: edge:a: quota")
        )
        #expect(try await BuiltCommand.run(["policy", "check", output.path]).code == 0)
        let printed = try await BuiltCommand.run(arguments)
        #expect(printed.output == (try String(contentsOf: output, encoding: .utf8)))
        try Data("domain: edge\ndescriptors: [ { key: a }, { key: a } ]".utf8).write(to: input)
        let refused = try await BuiltCommand.run(arguments)
        #expect(refused.code == 2 && refused.output.isEmpty)
        #expect(refused.complaint == "\(input.path):2:28: descriptors[1]: is the same descriptor as in line 2\n")
    }
}
