import LimitPolicy
import Testing

@Suite struct `A route pattern` {
    @Test(arguments: [
        ("/predict", "/predict", true),
        ("/predict", "/predict/", false),
        ("/predict", "/Predict", false),
        ("/predict", "//predict", false),
        ("/v1/*", "/v1/a", true),
        ("/v1/*", "/v1/", false),
        ("/v1/*", "/v1", false),
        ("/v1/*", "/v1/a/b", false),
        ("/v1/*/b", "/v1/a/b", true),
        ("/v1/*/b", "/v1//b", false),
        ("/v1/a*", "/v1/a", false),
        ("/v1/a*", "/v1/ab", true),
        ("/v1/*a", "/v1/aa", true),
        ("/v1/*a", "/v1/a", false),
        ("/premium/**", "/premium/x", true),
        ("/premium/**", "/premium/x/y/", true),
        ("/premium/**", "/premium/", true),
        ("/premium/**", "/premium", false),
        ("/premium/**", "/premiums/x", false),
        ("/premium**", "/premium", true),
        ("**", "anything at all", true),
        ("**/status", "/a/b/status", true),
        ("**/status", "/status", true),
        ("**/status", "status", false),
        ("/a/**/z", "/a/z", false),
        ("/a/**/z", "/a//z", true),
        ("/a/**/z", "/a/b/c/z", true),
        ("/a/**/*/z", "/a/b/z", false),
        ("/a/**/*/z", "/a/b/c/z", true),
        ("/**/*.json", "/a/b/c.json", true),
        ("/**/*.json", "/a/b/.json", false),
        ("*", "predict", true),
        ("*", "/predict", false),
        ("***", "a", true),
        ("***", "a/b/", false),
        ("/a?c", "/abc", false),
        ("/a.c", "/abc", false),
        ("/é*", "/éü", true),
        ("/*/x*y**z", "/aa/xbyz", true),
        ("/*/x*y**z", "/aa/xyz", false),
    ])
    func `matches or does not`(pattern: String, route: String, matches: Bool) throws {
        let pricer = Pricer(try load("routes: [{name: r, route: \"\(pattern)\"}]"))
        #expect(try pricer.price("c", route).rule == (matches ? "r" : nil))
    }

    @Test(.timeLimit(.minutes(1)))
    func `takes no longer on a hostile route`() throws {
        let pattern = String(repeating: "**a*", count: 200) + "b"
        let pricer = Pricer(try load("routes: [{name: r, route: \"\(pattern)\"}]"))
        for _ in 0..<10 {
            #expect(try pricer.price("c", String(repeating: "a", count: 1_024)).rule == nil)
            #expect(try pricer.price("c", String(repeating: "a", count: 1_023) + "b").rule == "r")
        }
    }
}

@Suite struct `An attribute's pattern` {
    @Test(arguments: [
        ("POST", "POST", true),
        ("POST", "post", false),
        ("llama-*", "llama-3", true),
        ("llama-*", "llama-3/8b", true),
        ("llama-*", "llama-", false),
        ("*-large", "x/y-large", true),
        ("*-large", "-large", false),
        ("*", "x", true),
        ("*", nil, false),
        ("*", "", false),
        ("**", "x", false),
        ("**", "xy", true),
        ("", nil, true),
        ("", "", true),
        ("", "x", false),
    ])
    func `matches or does not`(pattern: String, value: String?, matches: Bool) throws {
        let pricer = Pricer(try load("routes: [{name: r, match: {model: \"\(pattern)\"}}]"))
        let attributes = value.map { ["model": $0] } ?? [:]
        #expect(try pricer.price("c", "/", attributes).rule == (matches ? "r" : nil))
    }

    @Test func `is looked at only for the attribute it is for`() throws {
        let pricer = Pricer(try load("routes: [{name: r, match: {a: x, b: \"\"}}]"))
        #expect(try pricer.price("c", "/", ["a": "x"]).rule == "r")
        #expect(try pricer.price("c", "/", ["a": "x", "c": "y"]).rule == "r")
        #expect(try pricer.price("c", "/", ["a": "x", "b": "y"]).rule == nil)
        #expect(try pricer.price("c", "/", ["b": "x"]).rule == nil)
        #expect(try pricer.price("c", "/", ["a": "x"]).rule == "r")
    }
}

@Suite struct `The first rule that matches` {
    @Test func `decides, however the later ones read`() throws {
        let pricer = Pricer(
            try load(
                """
                routes:
                - {name: exact post, route: /a/b, match: {method: POST}}
                - {name: exact, route: /a/b}
                - {name: segment, route: /a/*}
                - {name: never, route: /a/c}
                - {name: prefix, route: /a/**}
                - {name: suffix, route: "**.json"}
                - {name: get, match: {method: GET}}
                - {name: rest}
                - {name: after, route: /z}
                """
            )
        )
        #expect(try pricer.price("c", "/a/b", ["method": "POST"]).rule == "exact post")
        #expect(try pricer.price("c", "/a/b").rule == "exact")
        #expect(try pricer.price("c", "/a/c").rule == "segment")
        #expect(try pricer.price("c", "/a/c/d").rule == "prefix")
        #expect(try pricer.price("c", "/b.json", ["method": "GET"]).rule == "suffix")
        #expect(try pricer.price("c", "/b", ["method": "GET"]).rule == "get")
        #expect(try pricer.price("c", "/z").rule == "rest")
    }

    @Test func `is the one that a plain scan finds`() throws {
        var random = Seeded()
        for _ in 0..<150 {
            let policy = RandomPolicy(&random)
            let pricer = Pricer(try load(policy.text))
            for _ in 0..<150 {
                let (route, attributes) = policy.check(&random)
                let found = try pricer.price("c", route, attributes).pricing.rule
                #expect(
                    found == policy.firstMatch(route, attributes),
                    "\(route) \(attributes) seed \(random.seed)\n\(policy.text)"
                )
            }
        }
    }
}

/// Rules made of few pieces, so that they overlap, and a scan over them that is too simple to be wrong.
private struct RandomPolicy {
    struct Rule {
        var route: String?
        var match: [String: String]
    }

    private static let pieces = ["/", "a", "b", "team-1", "team-17", "*", "**", ".json", "é"]
    private static let texts = ["/", "a", "b", "team-1", "team-17", "team-170", "x", ".json", "é", ""]
    private static let keys = ["model", "method", "tenant"]
    var rules: [Rule] = []

    init(_ random: inout Seeded) {
        let useful = random.pick([3, 30, 300])
        for _ in 0..<useful {
            var rule = Rule(route: nil, match: [:])
            if random.pick([true, true, true, false]) { rule.route = "/" + Self.join(Self.pieces, 4, &random) }
            for key in Self.keys where random.pick([true, false, false]) {
                rule.match[key] = Self.join(Self.pieces, 2, &random)
            }
            rules.append(rule)
        }
    }

    private static func join(_ pieces: [String], _ most: Int, _ random: inout Seeded) -> String {
        (0..<Int.random(in: 0...most, using: &random)).map { _ in random.pick(pieces) }.joined()
    }

    var text: String {
        var lines = ["routes:"]
        for (index, rule) in rules.enumerated() {
            let route = rule.route.map { ", route: \"\($0)\"" } ?? ""
            let match = rule.match.map { "\($0): \"\($1)\"" }.joined(separator: ", ")
            lines.append("- {name: r\(index)\(route), match: {\(match)}}")
        }
        return lines.joined(separator: "\n")
    }

    func check(_ random: inout Seeded) -> (String, [String: String]) {
        var attributes: [String: String] = [:]
        for key in Self.keys where random.pick([true, false]) {
            attributes[key] = Self.join(Self.texts, 2, &random)
        }
        return ("/" + Self.join(Self.texts, 4, &random), attributes)
    }

    func firstMatch(_ route: String, _ attributes: [String: String]) -> Int? {
        rules.firstIndex { rule in
            rule.route.map { Self.matches($0, route, isRoute: true) } ?? true
                && rule.match.allSatisfy { Self.matches($1, attributes[$0] ?? "", isRoute: false) }
        }
    }

    /// A pattern by its definition, for short texts.
    private static func matches(_ pattern: String, _ text: String, isRoute: Bool) -> Bool {
        matches(Array(pattern.utf8)[...], Array(text.utf8)[...], isRoute)
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>, _ isRoute: Bool) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if isRoute, pattern.starts(with: "**".utf8) {
            return (text.startIndex...text.endIndex).contains { matches(pattern.dropFirst(2), text[$0...], isRoute) }
        }
        guard let next = text.first else { return false }
        guard first == UInt8(ascii: "*") else {
            return first == next && matches(pattern.dropFirst(), text.dropFirst(), isRoute)
        }
        if isRoute, next == UInt8(ascii: "/") { return false }
        return matches(pattern.dropFirst(), text.dropFirst(), isRoute)
            || matchesMore(pattern, text.dropFirst(), isRoute)
    }

    /// A star that has already taken one character.
    private static func matchesMore(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>, _ isRoute: Bool) -> Bool {
        guard let next = text.first, !isRoute || next != UInt8(ascii: "/") else { return false }
        return matches(pattern.dropFirst(), text.dropFirst(), isRoute)
            || matchesMore(pattern, text.dropFirst(), isRoute)
    }
}
