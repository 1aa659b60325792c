/// The tokens that are valid, as digests, each with its role.
package struct TokenSet: Sendable {
    private struct Entry {
        var digest: TokenDigest
        var role: Role
    }

    /// Why a token file cannot be used: the line, counted from 1, and what is wrong there. It never quotes the line.
    package struct Problem: Error, Sendable, Equatable {
        /// nil where it is the file as a whole.
        package var line: Int?
        package var words: String
    }

    private var entries: [Entry] = []

    /// Tokens in one file at most: each is compared with what a peer sends.
    static let most = 256
    /// Bytes of a token at most, as the wire has it.
    static let longest = 1024

    /// Reads a token file: `role token` a line, the token itself or `sha256:` and its digest in hexadecimal digits;
    /// `#` begins a comment.
    package init(_ text: String) throws(Problem) {
        var line = 0
        for content in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            line += 1
            let words = content.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            if words.isEmpty { continue }
            do throws(Problem) {
                try add(words)
            } catch {
                throw Problem(line: line, words: error.words)
            }
        }
        if entries.isEmpty { throw Problem(line: nil, words: "has no token") }
    }

    private mutating func add(_ words: [Substring]) throws(Problem) {
        guard words.count == 2 else { throw Problem(words: "is not a role and a token") }
        guard let role = Role(rawValue: String(words[0])) else {
            throw Problem(words: "does not begin with one of the roles check, read and admin")
        }
        let digest = try Self.digest(words[1])
        if entries.contains(where: { $0.digest.equals(digest) }) {
            throw Problem(words: "has a token that another line has too")
        }
        if entries.count == Self.most { throw Problem(words: "is one more token than the \(Self.most) there may be") }
        entries.append(Entry(digest: digest, role: role))
    }

    private static func digest(_ text: Substring) throws(Problem) -> TokenDigest {
        let prefix = "sha256:"
        if text.hasPrefix(prefix) {
            guard let digest = TokenDigest(hexadecimal: text.dropFirst(prefix.count)) else {
                throw Problem(words: "has sha256: without 64 hexadecimal digits behind it")
            }
            return digest
        }
        let bytes = text.utf8
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(words: "has a token with other than printable ASCII characters")
        }
        guard bytes.count <= longest else { throw Problem(words: "has a token of more than \(longest) characters") }
        let isHexadecimal = text.allSatisfy { $0.isHexDigit }
        guard bytes.count >= (isHexadecimal ? 32 : 22) else {
            throw Problem(
                words: "has a token of less than 128 bits: 32 hexadecimal digits or 22 characters of base64 at least; "
                    + "`openssl rand -base64 24` makes one"
            )
        }
        return TokenDigest(of: String(text))
    }

    /// The role of a token; nil where it is none of these. Takes the same time whichever it is.
    func role(of digest: TokenDigest) -> Role? {
        var found: Role?
        for entry in entries where entry.digest.equals(digest) { found = entry.role }
        return found
    }

    /// How many there are.
    package var count: Int { entries.count }
}

extension TokenSet.Problem {
    fileprivate init(words: String) { self.init(line: nil, words: words) }
}
