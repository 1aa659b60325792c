import Testing

@testable import DecisionService

@Suite struct TokenSetTests {
    static let check = "c0ffee" + String(repeating: "Z", count: 20)
    static let read = String(repeating: "0123456789abcdef", count: 2)
    /// SHA-256 of 32 times `a`.
    static let digest = "3ba3f5f43b92602683c19aee62a20342b084dd5971ddd33808d81a328879a547"

    @Test func `tokens have the role of their line, whether given as such or as a digest`() throws {
        let tokens = try TokenSet(
            """
            # a comment
            check \(Self.check)  # of the web servers

            read\t\(Self.read)\r
            admin sha256:\(Self.digest.uppercased())
            """
        )
        #expect(tokens.count == 3)
        #expect(tokens.role(of: TokenDigest(of: Self.check)) == .check)
        #expect(tokens.role(of: TokenDigest(of: Self.read)) == .read)
        #expect(tokens.role(of: TokenDigest(of: String(repeating: "a", count: 32))) == .admin)
        for wrong in ["", Self.check + "x", String(Self.check.dropLast()), Self.digest, "sha256:\(Self.digest)"] {
            #expect(tokens.role(of: TokenDigest(of: wrong)) == nil)
        }
    }

    @Test func `several tokens of a role are valid at once`() throws {
        let text = (0..<256).map { "check token-of-a-fleet-member-\($0)" }.joined(separator: "\n")
        let tokens = try TokenSet(text)
        for index in [0, 17, 255] {
            #expect(tokens.role(of: TokenDigest(of: "token-of-a-fleet-member-\(index)")) == .check)
        }
        #expect(throws: TokenSet.Problem.self) { try TokenSet(text + "\ncheck one-more-than-there-may-be-here") }
    }

    @Test(arguments: [
        ("", nil, "has no token"), ("# nothing\n\n", nil, "has no token"),
        ("check", 1, "is not a role and a token"), ("\ncheck a b", 2, "is not a role and a token"),
        ("write 0123456789012345678901234567890123456789", 1, "does not begin with one of the roles"),
        ("check \(String(repeating: "f", count: 31))", 1, "less than 128 bits"),
        ("check \(String(repeating: "z", count: 21))", 1, "less than 128 bits"),
        ("check sha256:abc", 1, "without 64 hexadecimal digits"),
        ("check sha256:\(String(repeating: "g", count: 64))", 1, "without 64 hexadecimal digits"),
        ("check ümlaut-ümlaut-ümlaut-ümlaut", 1, "printable ASCII"),
        ("check \(String(repeating: "z", count: 1025))", 1, "more than 1024 characters"),
        ("check \(TokenSetTests.check)\nread \(TokenSetTests.check)", 2, "has a token that another line has too"),
    ])
    func `a line that cannot be used is named and not quoted`(text: String, line: Int?, words: String) {
        let problem = #expect(throws: TokenSet.Problem.self) { try TokenSet(text) }
        #expect(problem?.line == line)
        #expect(problem?.words.contains(words) == true, "\(problem?.words ?? "")")
        #expect(problem?.words.contains(TokenSetTests.check) == false)
    }

    @Test(arguments: [
        String(repeating: "f", count: 32), String(repeating: "z", count: 22), String(repeating: "z", count: 1024),
    ])
    func `the shortest and the longest token there may be are taken`(token: String) throws {
        #expect(try TokenSet("check \(token)").role(of: TokenDigest(of: token)) == .check)
    }
}
