import LimitPolicy
import Testing

@testable import PolicyTrials

@Suite struct `The report of a replay` {
    private func report(_ log: String, _ policies: [String]) throws -> ReplayReport {
        let log = PiecemealLog("time,client,route,status\n" + log)
        return try Replay(try policies.map { try load($0) }).run { log.fill($0) }
    }

    private static func policy(_ count: Int) -> String {
        "routes: [ { name: r, route: /r, limits: [ { name: rpm, rate: \(count)/min } ] } ]"
    }

    @Test func `is a page with shares and bars`() throws {
        let log = "1767571200,alice,/r,200\n1767571201,alice,/r,200\n1767571202,bob,/r,200\n1767574800,bob,/x,200\n"
        let text = try report(log, [Self.policy(1)]).text(.init(policies: ["policy.yaml"]))
        #expect(
            text
                == """
                4 calls, 2 clients, 2 routes, 2026-01-05T00:00:00Z to 2026-01-05T01:00:00Z
                not used: status

                           policy.yaml
                allowed              3  75.0%
                limited              1  25.0%
                forbidden            0

                refused by  policy.yaml
                r/rpm                 1  25.0%

                refused at least once: 1 of 2 clients
                clients  calls  refused
                alice        2        1  50.0%

                refused at least once: 1 of 2 routes
                routes  calls  refused
                /r          3        1  33.3%

                hours (UTC)     calls  refused
                2026-01-05 00h      3        1  33.3%  ####################
                2026-01-05 01h      1        0

                """
        )
    }

    @Test func `puts two policies side by side with the change`() throws {
        let log = (0..<6).map { "\(1_767_571_200 + $0),alice,/r,200\n" }.joined()
        var style = ReplayReport.Style(policies: ["old", "new"])
        style.parts = [.client]
        let text = try report(log, [Self.policy(2), Self.policy(5)]).text(style)
        #expect(text.contains("limited      4  66.7%    1  16.7%\n"))
        #expect(text.contains("clients  calls  old         new         change\n"))
        #expect(text.contains("alice        6    4  66.7%    1  16.7%      -3\n"))
        #expect(!text.contains("routes (") && !text.contains("hours"))
    }

    @Test func `hashes clients where it is asked to, and cuts lists`() throws {
        let log = (0..<9).flatMap { client in (0...client).map { _ in "0,c\(client),/r,\n" } }.joined()
        var style = ReplayReport.Style(policies: ["p"])
        style.top = 2
        style.hashesClients = true
        let text = try report(log, [Self.policy(1)]).text(style)
        #expect(text.contains("sha256:") && !text.contains("c8 ") && text.contains("  and 6 more"))
    }

    @Test func `shows days and the worst hours of a long log`() throws {
        let log = (0..<100).flatMap { hour in (0..<(hour == 30 ? 5 : 2)).map { _ in "\(hour * 3600),a,/r,\n" } }
            .joined()
        let text = try report(log, [Self.policy(1)]).text(.init(policies: ["p"]))
        #expect(text.contains("days (UTC)") && text.contains("worst hours (UTC)"))
        let worst = text.split(separator: "\n").drop { !$0.hasPrefix("worst") }.dropFirst().first
        #expect(
            worst.map { $0.split(separator: " ").prefix(5) } == ["1970-01-02", "06h", "5", "4", "80.0%"],
            "\(text)"
        )
    }

    @Test func `of an empty log says so`() throws {
        let text = try report("", [Self.policy(1)]).text(.init(policies: ["p"]))
        #expect(text.hasPrefix("no calls\n") && text.contains("nothing is refused"))
    }
}
