import Testing
import TransportSecurity

@testable import TransportSecurity

@Suite struct PeerNameTests {
    @Test(arguments: [
        ("web1.fleet.example", "web1.fleet.example", true), ("web1.fleet.example", "WEB1.Fleet.Example", true),
        ("web1.fleet.example", "web2.fleet.example", false), ("web1.fleet.example", "web1.fleet.example.", false),
        ("*.fleet.example", "web1.fleet.example", true), ("*.fleet.example", "a.web1.fleet.example", false),
        ("*.fleet.example", "fleet.example", false), ("*.fleet.example", ".fleet.example", false),
        ("*.fleet.example", "web1.fleet.example.evil", false), ("*.fleet.example", "*.fleet.example", false),
        ("*.fleet.example", "web1xfleet.example", false), ("fleet.example", "fleet.example\0.evil", false),
        ("spiffe://fleet/web", "spiffe://fleet/web", false),
    ])
    func `a DNS name is matched whole, a wildcard stands for one label`(
        pattern: String,
        name: String,
        isMatch: Bool
    ) throws {
        let pattern = try #require(PeerName(pattern))
        #expect(pattern.matches(dnsName: Array(name.utf8)) == isMatch)
    }

    @Test(arguments: [
        ("spiffe://fleet/web", "spiffe://fleet/web", true), ("spiffe://fleet/web", "spiffe://fleet/web2", false),
        ("spiffe://fleet/web", "spiffe://FLEET/web", false), ("fleet.example", "fleet.example", false),
    ])
    func `a URI is matched byte by byte`(pattern: String, uri: String, isMatch: Bool) throws {
        let pattern = try #require(PeerName(pattern))
        #expect(pattern.matches(uri: Array(uri.utf8)) == isMatch)
    }

    @Test(arguments: [
        "", " ", "*", "*.", "a..b", ".a", "a.*.b", "*a.b", "10.0.0.1", "::1", "a b", "mailto:x", "spiffe://*/web",
        "ä.example", "://x", String(repeating: "a", count: 64) + ".example",
    ])
    func `what names no client is none`(text: String) {
        #expect(PeerName(text) == nil)
    }

    @Test func `a list is read whole or its first fault is named`() throws {
        let names = try [PeerName].list("a.example, *.b.example ,spiffe://c/d").get()
        #expect(names == [PeerName("a.example"), PeerName("*.b.example"), PeerName("spiffe://c/d")])
        #expect(throws: PeerNameProblem(text: "10.0.0.1")) { try [PeerName].list("a.example,10.0.0.1").get() }
        #expect(throws: PeerNameProblem(text: "")) { try [PeerName].list("a.example,").get() }
    }
}
