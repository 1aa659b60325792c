import LimitCore
import LimitPolicy
import Testing

@testable import PolicyTrials

@Suite struct `A replay` {
    private static let policy = """
        tiers: { free: {}, gold: {} }
        default-tier: free
        routes:
          - { name: two, route: /two, limits: [ { name: rpm, rate: 2 per minute, algorithm: fixed-window } ] }
          - { name: gold, route: /gold, require: gold }
          - { name: big, route: /big, limits: [ { name: tpm, rate: 10 tokens per minute } ] }
          - { name: dry, route: /dry, shadow: true, limits: [ 0 per minute ] }
        """
    private static let header = "time,client,route,tokens\n"

    private func run(
        _ log: String,
        _ policies: String...,
        change: (inout Replay.Settings) -> Void = { _ in }
    ) throws -> ReplayReport {
        var settings = Replay.Settings()
        change(&settings)
        let log = PiecemealLog(log)
        let loaded = try (policies.isEmpty ? [Self.policy] : policies).map { try load($0) }
        return try Replay(loaded, settings: settings).run { log.fill($0) }
    }

    private func names(_ rows: [ReplayReport.Row]) -> [String] { rows.map { ReplayReport.name($0) } }

    @Test func `decides in the time of the log`() throws {
        let report = try run(Self.header + "0,a,/two,\n1,a,/two,\n2,a,/two,\n59,a,/two,\n60,a,/two,\n")
        #expect(report.policies[0].total.allowed == 3 && report.policies[0].total.limited == 2)
        #expect(report.facts.first == 0 && report.facts.last == 60_000_000)
    }

    @Test func `says what refused whom, where and when`() throws {
        var log = Self.header
        for client in ["a", "b"] { log += "0,\(client),/two,\n" }
        log += "1,a,/two,\n2,a,/two,\n3,a,/gold,\n4,b,/big,11\n5,c,/else,\n6,c,/dry,\n3600,a,/gold,\n"
        let report = try run(log)
        #expect(report.policies[0].total.allowed == 5)
        #expect(
            report.policies[0].refusals == [
                .init(name: "gold", reason: .tier, count: 2), .init(name: "big/tpm", reason: .costTooLarge, count: 1),
                .init(name: "two/rpm", reason: .rate, count: 1),
            ]
        )
        #expect(names(report.clients) == ["a", "b"] && report.clients.map(\.counts[0].refused) == [3, 1])
        #expect(names(report.routes) == ["/gold", "/big", "/two"] && report.routes.map(\.calls) == [2, 1, 4])
        #expect(report.hours.map(\.hour) == [0, 3_600_000_000] && report.hours.map(\.counts[0].refused) == [3, 1])
        #expect(report.clientCount == 3 && report.routeCount == 5)
        #expect(report.policies[0].shadowLimited == 1)
    }

    @Test func `holds two policies side by side, each with counters of its own`() throws {
        let looser = Self.policy.replacing("2 per minute", with: "3 per minute")
        let log = Self.header + (0..<5).map { "\($0),a,/two,\n" }.joined() + "9,b,/gold,\n"
        let report = try run(log, Self.policy, looser)
        #expect(report.policies.map(\.total.limited) == [3, 2])
        #expect(names(report.clients) == ["a", "b"])
        #expect(report.clients[0].counts.map(\.refused) == [3, 2])
    }

    @Test func `of many calls at one time is as of calls one by one`() throws {
        let burst = Self.header + String(repeating: "5,a,/two,\n", count: 1000)
        #expect(try run(burst).policies[0].total.limited == 998)
    }

    @Test func `ends at a bad line, or leaves it out and counts it`() throws {
        let log = Self.header + "0,a,/two,\n1,,/two,\nx,a,/two,\n2,a,/two,\n3,a\n"
        #expect(throws: LogProblem(line: 3, "client is empty", isOfOneLine: true)) { try run(log) }
        let report = try run(log) { $0.skipsBadLines = true }
        #expect(report.facts.calls == 2 && report.facts.badLines == 3)
        #expect(report.facts.firstBadLine == "3: client is empty")
        #expect(report.policies[0].total.calls == 2)
    }

    @Test func `follows a clock that goes back, and tells of steps of more than a minute`() throws {
        let log = Self.header + "1000,a,/two,\n960,a,/two,\n100,a,/two,\n101,b,/two,\n"
        let facts = try run(log).facts
        #expect(facts.stepsBack == 1 && facts.largestStepBack == 860_000_000)
        #expect(facts.first == 100_000_000 && facts.last == 1_000_000_000)
    }

    @Test func `tells names apart only as many as it has room for`() throws {
        let log = Self.header + (0..<100).map { "0,c\($0),/gold,\n" }.joined()
        let report = try run(log) { $0.mostNames = 10 }
        #expect(report.clients.count == 11 && report.clientCount == 10)
        #expect(report.clients[0].name == nil && report.clients[0].calls == 90)
        #expect(report.policies[0].total.forbidden == 100)
    }

    @Test func `admits what a daemon that gets the same calls would, whatever their order and pace`() throws {
        var generator = SystemRandomNumberGenerator()
        let seed = generator.next()
        print("seed \(seed)")
        var random = Seeded(seed)
        var (time, log) = (0, Self.header)
        var expected: [String: Int] = [:]
        var windows: [String: (start: Int, spent: Int)] = [:]
        for _ in 0..<5000 {
            time += Int.random(in: 0...9, using: &random)
            let client = "c\(Int.random(in: 0..<9, using: &random))"
            log += "\(time),\(client),/two,\n"
            var window = windows[client] ?? (time, 0)
            if time - window.start >= 60 { window = (time, 0) }
            if window.spent == 2 { expected[client, default: 0] += 1 } else { window.spent += 1 }
            windows[client] = window
        }
        let report = try run(log)
        let got = Dictionary(uniqueKeysWithValues: report.clients.map { (ReplayReport.name($0), $0.counts[0].refused) })
        #expect(got == expected)
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
private struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
