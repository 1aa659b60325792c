import LimitPolicy
import Testing

@Suite struct `Problems of a policy file` {
    @Test(arguments: [
        ("rutes: []", "1:1: rutes: is not a key that is known here; did you mean routes?"),
        ("default_tier: x", "1:1: default_tier: is not a key that is known here; did you mean default-tier?"),
        ("zebra: 1", "1:1: zebra: is not a key that is known here"),
        ("shadow: true\nshadow: false", "2:1: shadow: comes twice; first in line 1"),
        ("<<: {shadow: true}\notherwise: allow", "1:1: merge keys (<<) are not read; write the keys out"),
        ("[a, b]: 1", "1:1: a key must be text"),
        ("- a", "1:1: must be a mapping of keys to values"),
        ("otherwise: maybe", "1:12: otherwise: \"maybe\" is not one of allow, refuse"),
        ("otherwise:", "1:11: otherwise: needs a value"),
        ("otherwise: [allow]", "1:12: otherwise: must be text"),
        ("shadow: yes", "1:9: shadow: must be true or false"),
        ("shadow: \"true\"", "1:9: shadow: must be true or false"),
        ("inline-limits: no", "1:16: inline-limits: \"no\" is not one of allow, refuse"),
        (
            "algorithm: gcra",
            "1:12: algorithm: \"gcra\" is not one of fixed-window, sliding-window, token-bucket, "
                + "sliding-log, concurrency"
        ),
        (
            "algorithm: concurrency",
            "1:12: algorithm: concurrency counts no rate; write concurrency: with a number of "
                + "slots on a limit"
        ),
        ("a: !ruby/object x", "1:4: tags have no meaning here: !ruby/object"),
        ("a: *nobody", "1:4: the alias *nobody stands for no anchor above it"),
        ("routes: [", "2:1: did not find expected node content (while parsing a flow node from 2:1)"),
        ("a: b: c", "1:5: mapping values are not allowed in this context"),
        ("a: \"\\ud800\"", "1:7: found invalid Unicode character escape code (while parsing a quoted scalar from 1:4)"),
        ("a: 1\n---\nb: 2", "2:1: a second document starts here; a file holds one"),
        ("", "1:1: is empty; a policy without limits is written otherwise: allow"),
        ("# nothing\n", "1:1: is empty; a policy without limits is written otherwise: allow"),
        ("~", "1:1: is empty; a policy without limits is written otherwise: allow"),
    ])
    func `of the file are told with line and column`(text: String, problem: String) {
        #expect(problems(text) == [problem])
    }

    @Test(arguments: [
        ("tiers: [free]", "1:8: tiers: must be a mapping of keys to values"),
        ("tiers: {free: 5}", "1:15: tiers.free: must be a mapping of keys to values"),
        (
            "tiers: {free: {multiplyer: 5}}",
            "1:16: tiers.free.multiplyer: is not a key that is known here; did you mean multiplier?"
        ),
        (
            "tiers: {free: {multiplier: -1}}",
            "1:28: tiers.free.multiplier: must be a number, not negative, with at most six decimals"
        ),
        (
            "tiers: {free: {multiplier: 1.0000001}}",
            "1:28: tiers.free.multiplier: must be a number, not negative, with at most six decimals"
        ),
        (
            "tiers: {free: {multiplier: .inf}}",
            "1:28: tiers.free.multiplier: must be a number, not negative, with at most six decimals"
        ),
        ("tiers: {free: {multiplier: 2000000000}}", "1:28: tiers.free.multiplier: must be from 0 to 1000000000"),
        ("tiers: {free: {}, free: {}}", "1:19: tiers.free: comes twice; first in line 1"),
        ("tiers: {\"\": {}}", "1:9: tiers.: is empty"),
        ("tiers: {\"a\\tb\": {}}", "1:9: tiers.a?b: contains a control character"),
        (
            "tiers: {free: {}}\ndefault-tier: fre",
            "2:15: default-tier: \"fre\" is not a tier that is named under tiers:; did you mean free?"
        ),
        ("default-tier: free", "1:15: default-tier: \"free\" is not a tier that is named under tiers:"),
    ])
    func `of tiers are told with line and column`(text: String, problem: String) {
        #expect(problems(text) == [problem])
    }

    @Test(arguments: [
        ("clients: {bob: {tier: gold}}", "1:23: clients[0].tier: \"gold\" is not a tier that is named under tiers:"),
        ("clients: {bob: {}, bob: {}}", "1:20: clients[1]: comes twice; first in line 1"),
        ("clients: {bob: {blocked: 1}}", "1:26: clients[0].blocked: must be true or false"),
        ("clients: {bob: {message: hi}}", "1:26: clients[0].message: is for a client that is blocked"),
        ("clients: {\"\": {}}", "1:11: clients[0]: is empty"),
        ("clients: {\"a\\0b\": {}}", "1:11: clients[0]: contains a control character"),
        ("clients: {\"sha256:abc\": {}}", "1:11: clients[0]: sha256: must be followed by 64 hexadecimal digits"),
        (
            "clients:\n  test: {}\n  \"sha256:9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08\": {}",
            "2:3: clients[0]: is the same client as the digest in line 3"
        ),
        (
            "clients:\n  \"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\": {}"
                + "\n  \"sha256:9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08\": {}",
            "3:3: clients[1]: is the same client as in line 2"
        ),
    ])
    func `of clients are told without naming a client`(text: String, problem: String) {
        #expect(problems(text) == [problem])
    }

    @Test(arguments: [
        ("routes: {a: b}", "1:9: routes: must be a list"),
        ("routes: [ok]", "1:10: routes[0]: must be a mapping of keys to values"),
        ("routes: [~]", "1:10: routes[0]: must be a mapping of keys to values"),
        ("routes: [{path: /a}]", "1:11: routes[0].path: is not a key that is known here"),
        ("routes: [{route: \"\"}]", "1:18: routes[0].route: is empty"),
        ("routes: [{route: [/a]}]", "1:18: routes[0].route: must be text"),
        ("routes: [{route: \"/a\\n\"}]", "1:18: routes[0].route: contains a control character"),
        (
            "routes:\n- route: /a\n- route: /b\n- route: /a",
            "4:3: routes[2]: the name \"/a\" is taken by line 2; "
                + "give one another name"
        ),
        (
            "routes:\n- {}\n- {name: x}\n- {}",
            "4:3: routes[2]: the name \"**\" is taken by line 2; give one another name"
        ),
        (
            "routes:\n- {name: a}\n- {name: a}",
            "3:10: routes[1].name: the name \"a\" is taken by line 2; "
                + "give one another name"
        ),
        (
            "routes: [{name: everywhere}]",
            "1:17: routes[0].name: \"everywhere\" is the name of limits that are no rule's"
        ),
        ("routes: [{match: {model: }}]", "1:26: routes[0].match.model: needs a value"),
        ("routes: [{match: {model: [a]}}]", "1:26: routes[0].match.model: must be text"),
        ("routes: [{require: gold}]", "1:20: routes[0].require: \"gold\" is not a tier that is named under tiers:"),
        ("routes: [{require: {message: x}}]", "1:20: routes[0].require: needs a tier"),
        ("routes: [{require: []}]", "1:20: routes[0].require: names no tier, so that no client could call"),
        (
            "routes: [{exempt: true, limits: [1/s]}]",
            "1:33: routes[0].limits: have no effect on a rule that is exempt"
        ),
        (
            "routes: [{on-store-failure: panic}]",
            "1:29: routes[0].on-store-failure: \"panic\" is not one of local, allow, refuse"
        ),
        (
            "routes: [{warm-up: {factor: 0.2, ramp: 60s}}]",
            "1:20: routes[0].warm-up: needs a pool: beside it, the name that replicas report under"
        ),
        (
            "routes: [{pool: a, warm-up: {factor: 1.5, ramp: 60s}}]",
            "1:38: routes[0].warm-up.factor: must be from 0 to 1"
        ),
        (
            "routes: [{pool: a, warm-up: {factor: 0.5, ramp: 60}}]",
            "1:49: routes[0].warm-up.ramp: \"60\" at byte 0 is not a duration: a whole number and s, m, h or d"
        ),
        (
            "routes: [{pool: a, warm-up: {factor: 0.5, ramp: 0s}}]",
            "1:49: routes[0].warm-up.ramp: must be longer than 0"
        ),
        ("routes: [{pool: a, warm-up: {ramp: 1s}}]", "1:29: routes[0].warm-up: needs a factor"),
        ("routes: [{limits: [1/s,2/s,3/s]}]\neverywhere: [4/s]", ""),
    ])
    func `of rules are told with line and column`(text: String, problem: String) {
        let expected = problem.isEmpty ? Self.threeSameNames : [problem]
        #expect(problems(text) == expected)
    }

    private static let threeSameNames = [
        "1:24: routes[0].limits[1]: the name \"requests-per-1second\" is taken by line 1; give one another name",
        "1:28: routes[0].limits[2]: the name \"requests-per-1second\" is taken by line 1; give one another name",
    ]

    @Test(arguments: [
        ("banana", "1:14: everywhere[0]: \"banana\" at byte 0 is not a whole number"),
        (
            "10/minute; 5/x",
            "1:14: everywhere[0]: \"x\" at byte 13 is not a period: second, minute, hour, day, week, "
                + "or calendar month or year"
        ),
        ("~", "1:14: everywhere[0]: needs a value"),
        ("[1/s]", "1:14: everywhere[0]: must be a rate such as 10 per minute, or a mapping"),
        ("{}", "1:14: everywhere[0]: needs rate: or concurrency:"),
        ("{rate: 10}", "1:21: everywhere[0].rate: at byte 2 is not \"per\" or \"/\""),
        ("{rate: 1/s; 2/s}", "1:21: everywhere[0].rate: \";\" at byte 3 follows the end of the rate"),
        (
            "{rate: 1/s, concurrency: 2}",
            "1:39: everywhere[0].concurrency: stands beside rate:; a limit is one of the two"
        ),
        ("{rate: 1/s, name: a/b}", "1:32: everywhere[0].name: must not contain a slash"),
        ("{rate: 1/s, burst: 5}", "1:33: everywhere[0].burst: is for algorithm: token-bucket"),
        ("{rate: 1/s, algorithm: token-bucket, burst: 0}", "1:58: everywhere[0].burst: must be from 1 to 2^53 - 1"),
        (
            "{rate: 1/s, algorithm: token-bucket, burst: 9007199254740992}",
            "1:58: everywhere[0].burst: must be from 1 to 2^53 - 1"
        ),
        ("{rate: 1/s, algorithm: token-bucket, burst: \"5\"}", "1:58: everywhere[0].burst: must be a whole number"),
        (
            "{rate: 1/s, algorithm: concurrency}",
            "1:37: everywhere[0].algorithm: concurrency counts no rate; write concurrency: with a number of slots"
        ),
        ("{rate: 1/s, lease: 5s}", "1:33: everywhere[0].lease: is for slots: a limit with concurrency:"),
        ("{rate: 1/s, max-log: 5}", "1:35: everywhere[0].max-log: is for algorithm: sliding-log"),
        ("{rate: 1/s, per: [client, client]}", "1:40: everywhere[0].per[1]: comes twice"),
        ("{rate: 1/s, per: {a: b}}", "1:31: everywhere[0].per: must be a list"),
        (
            "{rate: 1/s, tiers: {gold: 5}}",
            "1:34: everywhere[0].tiers.gold: \"gold\" is not a tier that is named under tiers:"
        ),
        ("{rate: 1/s, local-share: half}", "1:39: everywhere[0].local-share: \"half\" is not one of full"),
        ("{rate: 1/s, overdraft: maybe}", "1:37: everywhere[0].overdraft: must be true or false"),
    ])
    func `of limits are told with line and column`(limit: String, problem: String) {
        #expect(problems("everywhere: [\(limit)]") == [problem])
    }

    @Test(arguments: [
        ("{concurrency: 5000}", ["3:17: everywhere[0].concurrency: must be from 0 to 4096"]),
        (
            "{concurrency: 8, overdraft: true}",
            [
                "3:31: everywhere[0].overdraft: is not for slots"
            ]
        ),
        (
            "{concurrency: 8, algorithm: fixed-window}",
            [
                "3:31: everywhere[0].algorithm: fixed-window counts no slots"
            ]
        ),
        (
            "{concurrency: 2000}",
            [
                "3:17: everywhere[0].concurrency: comes to 10000 for tier gold, above 4096, the most that concurrency counts"
            ]
        ),
        (
            "{rate: 1001/s, algorithm: sliding-log}",
            [
                "3:10: everywhere[0].rate: 1001 is above 1000, the most that sliding-log counts"
            ]
        ),
        (
            "{rate: 1001/s, algorithm: sliding-log, max-log: 10001}",
            [
                "3:10: everywhere[0].rate: 1001 is above 1000, the most that sliding-log counts",
                "3:51: everywhere[0].max-log: must be from 1 to 10000",
            ]
        ),
        (
            "{rate: 5/calendar day, algorithm: token-bucket}",
            [
                "3:37: everywhere[0].algorithm: a calendar rate is counted by fixed-window"
            ]
        ),
        (
            "{rate: 1/s, per: [], tiers: {gold: unlimited}}",
            ["3:38: everywhere[0].tiers.gold: a limit that is not per client holds for every tier"]
        ),
        ("{rate: 1/s, tiers: {gold: lots}}", ["3:29: everywhere[0].tiers.gold: must be a whole number or unlimited"]),
        ("{rate: 1/s, tiers: {gold: -1}}", ["3:29: everywhere[0].tiers.gold: must be from 0 to 2^53 - 1"]),
    ])
    func `of limits with bounds of their own are told by tier`(limit: String, expected: [String]) {
        #expect(problems("tiers: {gold: {multiplier: 5}}\neverywhere:\n- \(limit)") == expected)
    }

    @Test(arguments: [
        ("{client: [a, a]}", "1:21: envoy.client[1]: comes twice"),
        ("{headers: both}", "1:18: envoy.headers: \"both\" is not one of off, ietf, x-ratelimit"),
        ("{negative-hits: 1}", "1:24: envoy.negative-hits: must be true or false"),
        ("{clients: a}", "1:9: envoy.clients: is not a key that is known here; did you mean client?"),
    ])
    func `of the mapping for Envoy are told with line and column`(envoy: String, problem: String) {
        #expect(problems("envoy: \(envoy)") == [problem])
    }

    @Test func `are all told at once, in the order of the file`() {
        let text = """
            tiers: { free: { multiplier: many } }
            default-tier: gold
            routes:
              - name: a
                limits: [ 10 per fortnight, { rate: 5/s, burst: 3, colour: red }, { rate: x, per: 1 2, name: a/b } ]
              - name: a
                exempt: perhaps
            outherwise: allow
            """
        #expect(
            problems(text) == [
                "1:30: tiers.free.multiplier: must be a number, not negative, with at most six decimals",
                "2:15: default-tier: \"gold\" is not a tier that is named under tiers:",
                "5:15: routes[0].limits[0]: \"fortnight\" at byte 7 is not a period: second, minute, hour, day, week, "
                    + "or calendar month or year",
                "5:53: routes[0].limits[1].burst: is for algorithm: token-bucket",
                "5:56: routes[0].limits[1].colour: is not a key that is known here",
                "5:79: routes[0].limits[2].rate: \"x\" at byte 0 is not a whole number",
                "5:98: routes[0].limits[2].name: must not contain a slash",
                "6:11: routes[1].name: the name \"a\" is taken by line 4; give one another name",
                "7:13: routes[1].exempt: must be true or false",
                "8:1: outherwise: is not a key that is known here; did you mean otherwise?",
            ]
        )
    }

    @Test func `read as lines that start with the file's name`() {
        let error = #expect(throws: PolicyErrors.self) { try load("shadow: 1\nzebra: 2") }
        #expect(
            error?.description == """
                policy.yaml:1:9: shadow: must be true or false
                policy.yaml:2:1: zebra: is not a key that is known here
                """
        )
    }

    @Test func `in a node that aliases share are told once`() {
        let text = "routes:\n- {name: a, limits: &l [oops]}\n- {name: b, limits: *l}"
        #expect(problems(text) == ["2:25: routes[0].limits[0]: \"oops\" at byte 0 is not a whole number"])
    }
}
