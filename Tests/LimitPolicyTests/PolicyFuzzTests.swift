import LimitCore
import LimitPolicy
import Testing

@Suite struct `Whatever the file` {
    private static let pieces: [String] = [
        "\n", " ", "  ", "- ", ": ", "{", "}", "[", "]", ",", "\"", "'", "*a", "&a ", "<<: ", "!!str ", "# ", "---\n",
        "\u{FEFF}", "\t", "|\n", ">\n", "? ", "~", "null", "true", "0", "-1", "1e9", "9007199254740992", ".5",
        "10 per minute", "tiers", "free", "premium", "unlimited", "multiplier", "clients", "blocked", "routes", "route",
        "limits", "rate", "concurrency", "burst", "per", "match", "**", "sha256:", "everywhere", "é", "\u{10FFFF}",
    ]

    @Test(.timeLimit(.minutes(2)))
    func `loading it answers or refuses, and what loads can be asked`() throws {
        var random = Seeded()
        let source = Array(ExamplePolicy.full.utf8)
        var loaded = 0
        for _ in 0..<1_500 {
            let bytes = Self.mutated(source, &random)
            guard let policy = try? Policy.load(bytes, name: "p") else { continue }
            loaded += 1
            let pricer = Pricer(policy)
            for route in ["/predict", "/premium/x", "/v1/chat/completions"] {
                _ = try pricer.price("crawler", route, ["model": "llama-1", "method": "POST"], tier: "premium")
                _ = try policy.explain(CheckRequest(client: "test", route: route)).description
            }
        }
        #expect(loaded > 50, "seed \(random.seed)")
    }

    @Test func `problems always have a place in it`() {
        var random = Seeded()
        let source = Array(ExamplePolicy.full.utf8)
        for _ in 0..<500 {
            let bytes = Self.mutated(source, &random)
            let lines = bytes.count { $0 == UInt8(ascii: "\n") } + bytes.count { $0 == UInt8(ascii: "\r") } + 2
            do throws(PolicyErrors) {
                _ = try Policy.load(bytes, name: "p")
            } catch {
                let inside = error.problems.allSatisfy { (1...lines).contains($0.line) && $0.column >= 1 }
                #expect(!error.problems.isEmpty && inside, "\(error) seed \(random.seed)")
            }
        }
    }

    private static func mutated(_ source: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = source
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let length = min(Int.random(in: 0...12, using: &random), bytes.count - place)
            switch Int.random(in: 0...4, using: &random) {
            case 0: bytes.removeSubrange(place..<place + length)
            case 1: bytes.insert(contentsOf: Array(random.pick(pieces).utf8), at: place)
            case 2: bytes.replaceSubrange(place..<place + length, with: Array(random.pick(pieces).utf8))
            case 3: bytes.insert(contentsOf: Array(bytes[place..<place + length]), at: place)
            default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            }
        }
        return bytes
    }
}

@Suite struct `A long policy` {
    @Test(.timeLimit(.minutes(1)))
    func `of ten thousand rules loads, and every rule is found`() throws {
        let rules = (0..<10_000).map { number in
            switch number % 3 {
            case 0: "- { route: /exact/\(number), limits: [ 10 per minute ] }"
            case 1: "- { route: /team-\(number)/**, limits: [ 10 per minute, 100 tokens per hour ] }"
            default: "- { name: n\(number), route: /chat, match: { tenant: \"t\(number)\" }, limits: [ 1/s ] }"
            }
        }
        let policy = try load("routes:\n" + rules.joined(separator: "\n"))
        let pricer = Pricer(policy)
        for number in stride(from: 0, to: 10_000, by: 7) {
            let route = ["/exact/\(number)", "/team-\(number)/a/b", "/chat"][number % 3]
            #expect(try pricer.price("c", route, ["tenant": "t\(number)"]).pricing.rule == number)
        }
    }
}
