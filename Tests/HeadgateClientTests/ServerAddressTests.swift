import Testing

@testable import HeadgateClient

struct ServerAddressTests {
    @Test(arguments: [
        ("127.0.0.1:7520", "127.0.0.1:7520"), ("daemon", "daemon:7420"), ("[::1]", "[::1]:7420"),
        ("[::1]:99", "[::1]:99"),
    ])
    func `an address is a host and a port`(_ row: (String, String)) throws {
        #expect(try ServerAddress(row.0).description == row.1)
    }

    @Test(arguments: [
        "", ":7420", "a:", "a:0", "a:65536", "a:-1", "a:b", "::1", "[::1", "[::1]x", "[a]:1", "a b:1", "a/b", "a:1:2",
    ])
    func `anything else is an error that quotes it`(_ text: String) {
        #expect { try ServerAddress(text) } throws: { error in
            "\(error)".contains("\"\(text)\"") && (error as? HeadgateError)?.code == .invalidAddress
        }
    }

    @Test func `a list is separated by commas, and an address counts once`() throws {
        #expect(try ServerAddress.list(["a:1, b:2", "a:1"]).map(\.description) == ["a:1", "b:2"])
        #expect(throws: HeadgateError.self) { try ServerAddress.list([]) }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.0.9", true), ("localhost", true), ("[::1]", true), ("10.0.0.1", false),
        ("127.0.0.1.example", false), ("127.example", false), ("daemon", false),
    ])
    func `loopback is this machine and nothing else`(_ row: (String, Bool)) throws {
        #expect(try ServerAddress(row.0).isLoopback == row.1)
    }
}
