import Testing

@testable import HeadgateClient

struct RendezvousTests {
    private let addresses = [
        ServerAddress(host: "127.0.0.1", port: 7420), ServerAddress(host: "127.0.0.1", port: 7520),
        ServerAddress(host: "::1", port: 7420),
    ]

    @Test(arguments: [("alice", [1, 0, 2]), ("bob", [0, 1, 2]), ("10.0.0.7", [1, 2, 0]), ("ünï", [2, 1, 0])])
    func `the order is that of the other client libraries`(_ row: (String, [Int])) {
        #expect(Rendezvous(addresses).order(for: row.0) == row.1)
    }

    @Test func `an address that goes moves only its own clients`() {
        let all = Rendezvous(addresses)
        let fewer = Rendezvous(Array(addresses.dropLast()))
        for number in 0..<1000 {
            let home = all.order(for: "c\(number)")[0]
            if home != 2 { #expect(fewer.order(for: "c\(number)")[0] == home) }
        }
    }
}
