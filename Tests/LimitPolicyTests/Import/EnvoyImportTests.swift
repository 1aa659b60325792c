import LimitCore
import Testing

@testable import LimitPolicy

@Suite struct `Limits of envoyproxy/ratelimit` {
    typealias Entries = [(key: String, value: String)]

    private func translate(
        _ text: String,
        _ change: (inout EnvoyImport.Options) -> Void = { _ in }
    ) throws(PolicyErrors) -> EnvoyImport.Translation {
        var options = EnvoyImport.Options()
        options.windows = .sliding
        change(&options)
        return try EnvoyImport.translate([(name: "limits.yaml", bytes: Array(text.utf8))], options)
    }

    /// Holds the policy against what the service would do, for descriptors, and their counters against each other.
    private func compare(_ text: String, _ calls: [Entries], _ comment: String = "") throws {
        let translation = try translate(text)
        let policy = TranslatedPolicy(policy: try load(translation.policy))
        let oracle = EnvoyOracle(config: try EnvoyConfigDecoder.decode(Array(text.utf8), file: "f").0)
        var counters: [(expected: [String], got: [String])] = []
        for entries in calls {
            let expected = oracle.find(entries)
            let got = try policy.find(oracle.config.domain, entries)
            let same = expected?.count == got?.count && expected?.unit == got?.unit && (expected == nil) == (got == nil)
            #expect(same, "\(comment)\(entries): \(String(describing: expected)), not \(String(describing: got))")
            guard let expected, let got, expected.count != nil, same else { continue }
            #expect(expected.shadow == got.shadow, "\(comment)\(entries)")
            for other in counters {
                let isSame = other.expected == expected.counter
                #expect(isSame == (other.got == got.counter), "\(comment)\(entries): \(other), \(got.counter)")
            }
            counters.append((expected.counter, got.counter))
        }
    }

    private static let site = """
        domain: edge
        descriptors:
          - { key: generic_key, value: health, rate_limit: { unlimited: true } }
          - { key: remote_address, value: 203.0.113.9 }
          - { key: remote_address, value: "10.0.*", rate_limit: { unit: hour, requests_per_unit: 100000 } }
          - key: remote_address
            rate_limit: { unit: second, requests_per_unit: 20 }
            descriptors:
              - { key: path, value: /login, rate_limit: { unit: minute, requests_per_unit: 5 } }
          - key: api_key
            value: partner
            shadow_mode: true
            rate_limit: { name: partner, unit: Day, requests_per_unit: 50000 }
            descriptors:
              - { key: path, value: /search, rate_limit: { unit: minute, requests_per_unit: 600 } }
          - key: api_key
            rate_limit: { unit: month, requests_per_unit: 1000 }
            descriptors:
              - { key: path, rate_limit: { unit: minute, requests_per_unit: 60 } }
          - key: tenant
            descriptors:
              - { key: user, value: "bot-*-x", rate_limit: { unit: year, requests_per_unit: 3 } }
              - { key: user, rate_limit: { unit: week, requests_per_unit: 7 } }
        """

    @Test func `hold for the same descriptors, by the same counters`() throws {
        let calls: [Entries] = [
            [("generic_key", "health")], [("generic_key", "other")],
            [("remote_address", "203.0.113.9")], [("remote_address", "203.0.113.9"), ("path", "/login")],
            [("remote_address", "10.0.1.1")], [("remote_address", "10.0.1.2")], [("remote_address", "10.0.")],
            [("remote_address", "10.0.1.1"), ("path", "/login")],
            [("remote_address", "8.8.8.8")], [("remote_address", "8.8.8.9")],
            [("remote_address", "8.8.8.8"), ("path", "/login")], [("remote_address", "8.8.8.9"), ("path", "/login")],
            [("remote_address", "8.8.8.8"), ("path", "/other")], [("path", "/login"), ("remote_address", "8.8.8.8")],
            [("api_key", "partner")], [("api_key", "other")], [("api_key", "another")], [("api_key", "")],
            [("api_key", "partner"), ("path", "/search")], [("api_key", "partner"), ("path", "/x")],
            [("api_key", "other"), ("path", "/x")], [("api_key", "other"), ("path", "/y")],
            [("api_key", "other"), ("path", "/x"), ("more", "1")],
            [("tenant", "a"), ("user", "bot--x")], [("tenant", "a"), ("user", "bot-1-x")],
            [("tenant", "a"), ("user", "bot-1-y")], [("tenant", "b"), ("user", "bot-1-y")], [("tenant", "a")],
        ]
        try compare(Self.site, calls)
    }

    @Test func `hold the same in random trees`() throws {
        var random = Seeded()
        for round in 0..<150 {
            let text = "domain: d\ndescriptors:\n" + tree(&random, depth: 0)
            guard (try? EnvoyConfigDecoder.decode(Array(text.utf8), file: "f")) != nil else { continue }
            var calls: [Entries] = []
            for _ in 0..<60 {
                let keys = ["a", "b", "c"].shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
                calls.append(keys.map { ($0, random.pick(["", "x", "xy", "xyx", "yx", "z"])) })
            }
            try compare(text, calls, "seed \(random.seed), round \(round):\n\(text)")
        }
    }

    private func tree(_ random: inout Seeded, depth: Int, without keys: Set<String> = []) -> String {
        let indent = String(repeating: "    ", count: depth)
        var text = ""
        var used: Set<String> = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let left = ["a", "b", "c"].filter { !keys.contains($0) }
            if left.isEmpty { break }
            let (key, value) = (random.pick(left), random.pick(["", "x", "xy", "x*", "*x", "*", "x*x", "*y*"]))
            guard used.insert("\(key)=\(value)").inserted else { continue }
            text += "\(indent)  - key: \(key)\n"
            if !value.isEmpty { text += "\(indent)    value: \"\(value)\"\n" }
            if Bool.random(using: &random) {
                let units = EnvoyRateLimit.Unit.allCases.map(\.rawValue)
                let count = Int.random(in: 0...99, using: &random)
                text += "\(indent)    rate_limit: { unit: \(random.pick(units)), requests_per_unit: \(count) }\n"
                if Int.random(in: 0..<4, using: &random) == 0 { text += "\(indent)    shadow_mode: true\n" }
            } else if Int.random(in: 0..<4, using: &random) == 0 {
                text += "\(indent)    rate_limit: { unlimited: true }\n"
            }
            guard depth < 2, Bool.random(using: &random) else { continue }
            let inner = tree(&random, depth: depth + 1, without: keys.union([key]))
            if !inner.isEmpty { text += "\(indent)    descriptors:\n" + inner }
        }
        return text
    }

    @Test func `share a counter over a wildcard where they say so`() throws {
        let text = """
            domain: d
            descriptors:
              - { key: user, value: "eu-*", share_threshold: true, rate_limit: { unit: day, requests_per_unit: 9 } }
            """
        try compare(text, [[("user", "eu-1")], [("user", "eu-2")], [("user", "us-1")]])
        #expect(try translate(text).notes.contains { $0.message.hasPrefix("shares one counter") })
    }

    @Test func `are written with windows of the calendar, or with sliding ones`() throws {
        let text = """
            domain: d
            descriptors:
              - { key: s, rate_limit: { unit: SECOND, requests_per_unit: 1 } }
              - { key: m, rate_limit: { unit: month, requests_per_unit: 2 } }
              - { key: y, rate_limit: { unit: year, requests_per_unit: 3 } }
            """
        let calendar = try translate(text) { $0.windows = .calendar }.policy
        #expect(calendar.contains("algorithm: fixed-window\n"))
        for rate in ["1 per calendar second", "2 per calendar month", "3 per calendar year"] {
            #expect(calendar.contains("limits: [ { rate: \(rate), per: "))
        }
        let sliding = try translate(text).policy
        #expect(sliding.contains("algorithm: sliding-window\n") && !sliding.contains("calendar"))
        for rate in ["1 per second", "2 per 30 days", "3 per 365 days"] { #expect(sliding.contains("rate: \(rate),")) }
    }

    @Test func `tell by name what a policy does not say, in the file too`() throws {
        let text = """
            domain: d
            descriptors:
              - key: a
                quota_mode: true
                detailed_metric: true
                value_to_metric: true
                metadata: { owner: me }
                rate_limit: { unit: week, requests_per_unit: 1, replaces: [ { name: x } ], burst: 3 }
              - { key: "b,c", rate_limit: { unit: day, requests_per_unit: 1 } }
              - { key: descriptor, rate_limit: { unit: day, requests_per_unit: 1 } }
              - { key: tier, rate_limit: { unit: day, requests_per_unit: 1 } }
              - { key: e, rate_limit: { unit: day, name: a/b } }
              - { key: f, descriptors: [ { key: f, rate_limit: { unit: day, requests_per_unit: 1 } } ] }
              - { key: g, value: "*1*2*3*4*5*6*7", rate_limit: { unit: day, requests_per_unit: 1 } }
            """
        let translation = try translate(text) { $0.windows = .calendar }
        let expected = [
            "1:1: costs: where Envoy charges", "4:17: d:a: quota_mode", "5:22: d:a: detailed_metric",
            "6:22: d:a: value_to_metric", "7:15: d:a: metadata", "8:17: d:a: weeks begin", "8:63: d:a: replaces",
            "8:80: d:a: burst is left out: it is not known here", "9:5: d:b,c: is left out: the key b,c has a , or *",
            "10:5: d:descriptor: is left out", "11:5: d:tier: is left out", "12:27: a/b: is no name",
            "12:27: d:e: requests_per_unit is 0", "13:30: d:f,f: is left out: a key comes twice",
            "14:5: d:g=*1*2*3*4*5*6*7: is left out: its stars",
        ]
        #expect(translation.notes.count == expected.count, "\(translation.notes)")
        for (note, start) in zip(translation.notes, expected) {
            #expect(note.description.hasPrefix("limits.yaml:\(start)"), "\(note)")
            #expect(translation.policy.contains("# - \(note)\n"))
        }
    }

    @Test func `of a later version are read with what is known of them`() throws {
        let translation = try translate("domain: d\nflavour: x\ndescriptors: [ { key: a, colour: red } ]")
        #expect(translation.notes.contains { $0.message == "colour is left out: it is not known here" })
        #expect(translation.notes.contains { $0.message == "flavour is left out: it is not known here" })
    }

    @Test(arguments: [
        ("", "1:1: is empty; it needs a domain"),
        ("descriptors: []", "1:1: needs a domain"),
        ("domain: d\ndescriptors: [ { value: x } ]", "2:16: descriptors[0]: needs a key"),
        ("domain: d\ndescriptors:\n  - key: a\n  - key: a", "4:5: descriptors[1]: is the same descriptor as in line 3"),
        (
            "domain: d\ndescriptors: [ { key: a, rate_limit: { requests_per_unit: 1 } } ]",
            "2:38: descriptors[0].rate_limit: needs a unit, or unlimited: true"
        ),
        (
            "domain: d\ndescriptors: [ { key: a, rate_limit: { unit: fortnight } } ]",
            "2:46: descriptors[0].rate_limit.unit: \"fortnight\" is not one of second, minute, hour, day, week, month, year"
        ),
        (
            "domain: d\ndescriptors: [ { key: a, rate_limit: { unit: day, unlimited: true } } ]",
            "2:46: descriptors[0].rate_limit.unit: stands beside unlimited: true"
        ),
        (
            "domain: d\ndescriptors: [ { key: a, rate_limit: { unit: day, requests_per_unit: -1 } } ]",
            "2:70: descriptors[0].rate_limit.requests_per_unit: must be from 0 to 4294967295"
        ),
        (
            "domain: d\ndescriptors: [ { key: a, value: b, share_threshold: true } ]",
            "2:53: descriptors[0].share_threshold: needs a value with *"
        ),
    ])
    func `that the service itself would refuse are refused with their place`(text: String, problem: String) {
        do throws(PolicyErrors) {
            _ = try translate(text)
            Issue.record("was taken: \(text)")
        } catch {
            #expect(error.description == "limits.yaml:\(problem)")
        }
    }

    @Test func `of one domain in two files are read as one`() throws {
        let one = "domain: d\ndescriptors: [ { key: a, value: x, rate_limit: { unit: day, requests_per_unit: 1 } } ]"
        let two = "domain: d\ndescriptors: [ { key: a, rate_limit: { unit: day, requests_per_unit: 2 } } ]"
        let files = [("1.yaml", Array(one.utf8)), ("2.yaml", Array(two.utf8)), ("3.yaml", Array(one.utf8))]
        let translation = try EnvoyImport.translate(files)
        #expect(translation.rules == 2)
        #expect(translation.notes.map(\.file) == ["1.yaml", "2.yaml", "3.yaml", "3.yaml"])
        #expect(translation.notes.last?.message == "is left out: 1.yaml has the same descriptor")
    }

    @Test func `are counted by the client where an entry is the client`() throws {
        let text = """
            domain: d
            descriptors:
              - { key: api_key, rate_limit: { unit: day, requests_per_unit: 1 } }
              - { key: client, rate_limit: { unit: day, requests_per_unit: 2 } }
            """
        let policy = try load(try translate(text) { $0.client = ["api_key"] }.policy)
        #expect(policy.envoy.client == ["api_key", "client"])
        #expect(policy.limits.map(\.per) == [["client"], ["client"]])
        #expect(try load(try translate(text).policy).limits.map(\.per) == [["api_key"], ["client"]])
    }

    @Test func `are overdrawn where their cost is known afterwards`() throws {
        let text = """
            domain: d
            descriptors:
              - { key: tokens, rate_limit: { unit: day, requests_per_unit: 1 } }
              - { key: calls, rate_limit: { unit: day, requests_per_unit: 2 } }
            """
        let translation = try translate(text) { $0.overdraft = ["tokens", "banana"] }
        #expect(try load(translation.policy).limits.map(\.overdraft) == [true, false])
        #expect(translation.notes.map(\.subject) == ["--overdraft banana"])
    }

    @Test(arguments: [
        "on", "12", "a: b", "\\\"quo\\\\te", "é🚲", "# no comment", "\\u2028", "{x}", "~", " lead", "-", "x\\u0085y",
    ])
    func `keep every text that YAML could take for something else`(text: String) throws {
        let file =
            "domain: \"\(text)\"\ndescriptors: [ { key: k, value: \"\(text)\", rate_limit: { unit: day, requests_per_unit: 1 } } ]"
        let config = try EnvoyConfigDecoder.decode(Array(file.utf8), file: "f").0
        let policy = try load(try translate(file).policy)
        #expect(policy.rules.first?.match.map(\.pattern) == [config.domain, "k", config.descriptors[0].value])
    }
}
