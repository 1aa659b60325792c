import ArgumentParser
import LimitCore
import Testing

@testable import headgate

struct ParsingTests {
    @Test func `every part of a check can be given`() throws {
        let arguments = [
            "check", "alice", "/a", "--usage", "tokens=100", "--usage", "images=2", "--attribute", "model=a=b",
            "--tier", "free", "--limit", "10/minute", "--limit", "100/hour", "--peek", "--timeout", "250ms",
        ]
        let check = try #require(try Headgate.parseAsRoot(arguments) as? Check)
        let request = try check.arguments.request()
        #expect(request.client == "alice" && request.route == "/a" && request.tier == "free")
        #expect(request.usage == ["tokens": 100, "images": 2])
        #expect(request.attributes == ["model": "a=b"])
        #expect(request.limits.map(\.rate) == ["10/minute", "100/hour"])
        #expect(check.peek && check.timeout == .milliseconds(250))
    }

    @Test(arguments: [
        (["--usage", "tokens"], "--usage tokens: is not of the form tokens=100"),
        (["--usage", "=1"], "--usage =1: is not of the form tokens=100"),
        (["--usage", "tokens=-1"], "--usage tokens=-1: \"-1\" is not a whole number from 0 up"),
        (["--usage", "a=1", "--usage", "a=2"], "--usage a=2: \"a\" is given twice"),
        (["--attribute", "model"], "--attribute model: is not of the form model=llama-3"),
        (["--timeout", "soon"], "The value 'soon' is invalid for '--timeout <timeout>'"),
        (["--banana"], "Unknown option '--banana'"),
    ])
    func `a wrong flag is named`(_ row: ([String], String)) async {
        let ending = await CommandRunner.run(["check", "alice", "/a"] + row.0)
        #expect(ending == CommandEnding(complaint: "headgate: \(row.1)", code: 2))
    }

    @Test(arguments: [
        ("1s", 1_000_000_000), ("0.5s", 500_000_000), ("20ms", 20_000_000), ("2m", 120_000_000_000),
        ("3", 3_000_000_000),
    ])
    func `a time is a number and a unit`(_ row: (String, Int64)) {
        #expect(Duration(argument: row.0) == .nanoseconds(row.1))
    }

    @Test(arguments: ["", "s", "-1s", "1x", "1e9h", "nan", "1.2.3s", "99999h"])
    func `anything else is no time`(_ text: String) {
        #expect(Duration(argument: text) == nil)
    }

    @Test func `a flag goes before the environment, and the environment before the default`() throws {
        let environment = Environment(["HEADGATE_ADDRESS": "a:1", "HEADGATE_HTTP": "b:2"])
        #expect(try DaemonOptions.parse(["--address", "c:3"]).resolvedAddress(environment) == "c:3")
        #expect(try DaemonOptions.parse([]).resolvedAddress(environment) == "a:1")
        #expect(try DaemonOptions.parse([]).resolvedAddress(Environment(["HEADGATE_ADDRESS": ""])) == "127.0.0.1:7420")
        #expect(try HTTPOptions.parse([]).resolvedAddress(environment) == "b:2")
        #expect(try HTTPOptions.parse([]).resolvedAddress(Environment([:])) == "127.0.0.1:7421")
    }

    @Test(arguments: [
        ["--pipeline", "4097"], ["--connections", "0"], ["--clients", "0"], ["--threads", "2"],
        ["--zipf-exponent", "0"], ["--distribution", "normal"],
    ])
    func `bench refuses what it cannot do`(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try Bench.parse(arguments) }
    }

    @Test(arguments: [
        ("10.0.0.1", false, false), ("10.0.0.1", true, true), ("127.0.0.1", false, true), ("a,b", true, false),
    ])
    func `bench loads this machine only, unless told otherwise`(_ row: (String, Bool, Bool)) throws {
        let bench = try Bench.parse(["--address", row.0] + (row.1 ? ["--allow-remote"] : []))
        #expect(((try? bench.plan()) != nil) == row.2)
    }
}
