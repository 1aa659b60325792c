import Testing

@testable import RedisStore

struct SlotMapTests {
    static let asked = RedisAddress.host("10.0.0.9", port: 7000)

    private func map(_ text: String) throws -> SlotMap? {
        let reader = ReplyReader(limit: 1 << 16)
        try Array(text.utf8).withUnsafeBytes { try reader.feed($0) }
        var map: SlotMap?
        let isWhole = try reader.next { map = SlotMap($0, asked: Self.asked) }
        try #require(isWhole)
        return map
    }

    private static func range(_ low: Int, _ high: Int, _ host: String, _ port: Int) -> String {
        "*4\r\n:\(low)\r\n:\(high)\r\n" + node(host, port) + node("$8\r\n10.0.0.8", 1)
    }

    private static func node(_ host: String, _ port: Int) -> String {
        "*4\r\n\(host)\r\n:\(port)\r\n$2\r\nid\r\n*2\r\n$8\r\nhostname\r\n$1\r\nh\r\n"
    }

    @Test func `is read with its masters, replicas left out`() throws {
        let text = "*2\r\n" + Self.range(0, 8191, "$8\r\n10.0.0.1", 7001) + Self.range(8192, 16_383, "$1\r\nb", 7002)
        let map = try #require(try map(text))
        #expect(map.masters == [.host("10.0.0.1", port: 7001), .host("b", port: 7002)])
        #expect(map.master(of: 8191) == .host("10.0.0.1", port: 7001))
        #expect(map.master(of: 8192) == .host("b", port: 7002))
        #expect(map.isComplete)
    }

    @Test(arguments: ["$-1", "$0\r\n", "$1\r\n?"])
    func `a node that does not know its host is where it was asked`(host: String) throws {
        let map = try #require(try map("*1\r\n" + Self.range(5, 6, host, 7001)))
        #expect(map.master(of: 5) == .host("10.0.0.9", port: 7001))
        #expect(map.master(of: 7) == nil)
        #expect(!map.isComplete)
    }

    @Test(arguments: [
        "+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*2\r\n:0\r\n:1\r\n", "*1\r\n" + range(-1, 5, "$1\r\na", 1),
        "*1\r\n" + range(0, 16_384, "$1\r\na", 1), "*1\r\n" + range(9, 8, "$1\r\na", 1),
        "*1\r\n" + range(0, 1, "$1\r\na", 70_000), "*1\r\n*3\r\n:0\r\n:1\r\n:2\r\n",
    ])
    func `anything else is none`(text: String) throws {
        #expect(try map(text) == nil)
    }

    @Test func `a redirection moves one slot`() throws {
        var map = try #require(try map("*1\r\n" + Self.range(0, 16_383, "$1\r\na", 1)))
        map.move(100, to: .host("new", port: 2))
        #expect(map.master(of: 100) == .host("new", port: 2))
        #expect(map.master(of: 99) == .host("a", port: 1) && map.master(of: 101) == .host("a", port: 1))
    }

    /// The first is the check value of CRC-16/XMODEM, the others are what CLUSTER KEYSLOT answers.
    @Test(arguments: [("123456789", 0x31C3), ("foo", 12_182), ("", 0)])
    func `a tag's slot is that of Redis`(tag: String, slot: Int) {
        #expect(SlotMap.slot(of: ArraySlice(tag.utf8)) == slot)
    }

    @Test(arguments: [
        ("MOVED 3999 127.0.0.1:6381", 3999, RedisAddress.host("127.0.0.1", port: 6381)),
        ("ASK 0 ::1:7000", 0, .host("::1", port: 7000)), ("MOVED 16383 :7000", 16_383, .host("10.0.0.9", port: 7000)),
    ])
    func `a redirection is read`(text: String, slot: Int, address: RedisAddress) throws {
        let redirection = try #require(Redirection(text, asked: Self.asked))
        #expect(redirection.slot == slot && redirection.address == address)
    }

    @Test(arguments: [
        "MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED -1 a:1", "MOVED 1 a", "MOVED 1 a:70000",
    ])
    func `a broken redirection is none`(text: String) {
        #expect(Redirection(text, asked: Self.asked) == nil)
    }
}
