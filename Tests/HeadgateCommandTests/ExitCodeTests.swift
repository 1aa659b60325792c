import FakeDaemon
import LimitCore
import Testing
import WireProtocol

/// The built command as a shell script sees it.
@Suite(.timeLimit(.minutes(1)))
struct ExitCodeTests {
    @Test(arguments: zip([Verdict.allowed, .limited, .forbidden, .unavailable], [Int32(0), 1, 3, 2]))
    func `check ends with the verdict's code`(_ verdict: Verdict, _ code: Int32) async throws {
        let daemon = try await FakeDaemon.answering(CheckResponse(verdict: verdict))
        let flagged = try await BuiltCommand.run(["check", "alice", "/a", "--address", daemon.address])
        #expect(flagged.code == code && flagged.complaint.isEmpty)
        let environment = ["HEADGATE_ADDRESS": daemon.address]
        let silent = try await BuiltCommand.run(["check", "alice", "/a", "--json"], environment: environment)
        #expect(silent.code == code && silent.output.hasPrefix("{\"verdict\":"))
        await daemon.stop()
    }

    @Test func `inspect ends with 0 whatever the verdict, and charges nothing`() async throws {
        let daemon = try await FakeDaemon { frame, payload, peer in
            let request = CheckRequest(encoded: payload)
            let isInspection = request?.peek == true && request?.allLimits == true
            peer.answer(frame.call, CheckResponse(verdict: isInspection ? .limited : .allowed))
        }
        let ending = try await BuiltCommand.run(["inspect", "alice", "/a", "--address", daemon.address])
        #expect(ending.code == 0 && ending.output.hasPrefix("LIMITED"))
        await daemon.stop()
    }

    @Test(arguments: [
        ["check", "alice", "/a", "--address", "127.0.0.1:1"],
        ["inspect", "alice", "/a", "--address", "127.0.0.1:1"],
        ["status", "--http", "127.0.0.1:1"],
        ["bench", "--address", "127.0.0.1:1"],
        ["bench", "--address", "10.0.0.1:7420"],
        ["check", "alice"],
        ["check", "alice", "/a", "--banana"],
        ["check", "alice", "/a", "--usage", "tokens"],
        ["check", "alice", "/a", "--address", "a:b:c"],
        ["check", "", "/a"],
        ["banana"],
        ["policy", "banana"],
        ["policy", "check", "/nonexistent.yaml"],
        ["policy", "check", "/"],
        ["policy", "explain", "/nonexistent.yaml", "alice", "/a"],
        ["policy", "test", "/nonexistent.yaml", "/nonexistent.yaml"],
        ["policy", "simulate", "/nonexistent.yaml", "/nonexistent.csv"],
        ["policy", "simulate", "a.yaml", "a.csv", "--by", "banana"],
        ["policy", "simulate", "a.yaml", "a.csv", "--column", "client"],
        ["policy", "simulate", "a.yaml", "a.csv", "--column", "banana=x"],
        ["policy", "simulate", "a.yaml", "a.csv", "--top", "0"],
        ["policy", "import", "envoy-ratelimit", "/nonexistent.yaml"],
        ["policy", "import", "envoy-ratelimit", "a.yaml", "--windows", "banana"],
        ["bench", "--pipeline", "0"],
        ["bench", "--server-pid", "x"],
    ])
    func `an error is one line and exit code 2`(_ arguments: [String]) async throws {
        let ending = try await BuiltCommand.run(arguments)
        #expect(ending.code == 2)
        #expect(ending.complaintLines.count == 1 && ending.complaint.hasPrefix("headgate: "), "\(ending.complaint)")
        #expect(ending.output.isEmpty)
    }

    @Test(arguments: [
        [], ["check"], ["inspect"], ["status"], ["bench"], ["policy"], ["policy", "check"], ["policy", "explain"],
        ["policy", "test"], ["policy", "simulate"], ["policy", "import"], ["policy", "import", "envoy-ratelimit"],
    ])
    func `help of every command has an example`(_ command: [String]) async throws {
        let ending = try await BuiltCommand.run(command + ["--help"])
        #expect(ending.code == 0 && ending.complaint.isEmpty)
        #expect(ending.output.contains("OVERVIEW: ") && ending.output.contains("EXAMPLE"))
        #expect(ending.output.contains("  headgate \(command.joined(separator: " "))"))
    }
}
