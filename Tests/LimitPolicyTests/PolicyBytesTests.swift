import LimitPolicy
import Testing

@Suite struct `A policy file as bytes` {
    @Test(arguments: [
        (Array("a: b\nc: ".utf8) + [0xFF], "2:4: is not valid UTF-8"),
        (Array("é: ".utf8) + [0xC3], "1:4: is not valid UTF-8"),
        (Array("a:\n  b\0".utf8), "2:4: the file contains a NUL byte"),
        (Array("a: \u{1}".utf8), "1:4: control characters are not allowed"),
        ([0xFE, 0xFF, 0, 0x61], "1:1: is not valid UTF-8"),
    ])
    func `must be text`(bytes: [UInt8], problem: String) {
        #expect(problems(bytes) == [problem])
    }

    @Test func `may start with a byte order mark`() throws {
        #expect(try load("\u{FEFF}otherwise: refuse").otherwise == .refuse)
    }

    @Test func `is at most 16 MiB`() throws {
        let bytes = Array("otherwise: refuse\n".utf8) + Array(repeating: UInt8(ascii: "\n"), count: 16 << 20)
        #expect(problems(bytes) == ["1:1: the file is larger than 16 MiB"])
        _ = try Policy.load(Array(bytes.prefix(16 << 20)), name: "policy.yaml")
    }

    @Test func `has at most 100,000 rules`() {
        let rules = String(repeating: "- {}\n", count: 100_001)
        #expect(problems("routes:\n" + rules) == ["2:1: routes: has 100001 rules, more than 100000"])
    }

    @Test func `has at most 500,000 limits`() {
        let sixteen = (1...16).map { "\($0)/\($0) hours" }.joined(separator: ", ")
        let rules = (0..<32_000).map { "- {name: r\($0), limits: *l}\n" }.joined()
        let text = "routes:\n- {name: first, limits: &l [\"\(sixteen)\"]}\n" + rules
        #expect(
            problems(text) == ["31252:3: routes[31250]: brings the limits of the file to more than 500000"]
        )
    }

    @Test func `has at most 100 tiers`() {
        let tiers = (0...100).map { "t\($0): {}" }.joined(separator: ", ")
        #expect(problems("tiers: {\(tiers)}") == ["1:8: tiers: has more than 100 tiers"])
    }

    @Test func `cannot make aliases of aliases come to more than a million nodes`() {
        var text = "a0: &a0 [x, x, x, x]\n"
        for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(problems(text).first == "18:12: aliases come to more than 1000000 nodes")
    }

    @Test func `cannot hide aliases of aliases in a key`() {
        var text = "a0: &a0 [x, x, x, x]\n"
        for level in 1...14 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(problems(text + "? *a14\n: 1").last == "16:3: a key must be text")
    }

    @Test func `cannot nest deeper than 64 levels`() {
        let text = "a: " + String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(problems(text) == ["1:68: is nested deeper than 64 levels"])
    }

    @Test func `lists at most 10,000 problems and counts the rest`() {
        let text = "routes:\n" + String(repeating: "- {x: 1}\n", count: 20_000)
        do throws(PolicyErrors) {
            _ = try Policy.load(Array(text.utf8), name: "p")
            Issue.record("loaded")
        } catch {
            #expect(error.problems.count == 10_000)
            #expect(error.description.hasSuffix("p: and \(error.unlisted) more problems"))
        }
    }

    @Test func `is told from another by the start of its SHA-256`() throws {
        // printf 'otherwise: allow\n' | sha256sum
        #expect(try load("otherwise: allow\n").fingerprint == 0xb7d9_4d06_227c_3a53)
    }
}
