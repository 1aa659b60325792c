/// A name that a client's certificate may carry to be let in: a DNS name, one with a wildcard for its first label, or a
/// URI such as a SPIFFE id.
package struct PeerName: Sendable, Equatable {
    private enum Kind: Equatable {
        case name([UInt8])
        /// What follows the first label, with its dot.
        case wildcard([UInt8])
        case uri([UInt8])
    }

    private let kind: Kind

    /// nil where the text is none of these: empty, an IP address, a wildcard elsewhere than in front of a dot.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...2048).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        if text.contains(":") {
            guard text.contains("://"), !text.hasPrefix(":"), !text.contains("*") else { return nil }
            kind = .uri(bytes)
            return
        }
        let isWildcard = text.hasPrefix("*.")
        let name = isWildcard ? Array(bytes.dropFirst(2)) : bytes
        guard Self.isDNSName(name) else { return nil }
        kind = isWildcard ? .wildcard(Self.folded([Self.dot] + name)) : .name(Self.folded(name))
    }

    /// Whether a DNS name of a certificate is meant. A wildcard of the certificate's own matches only itself.
    func matches(dnsName: [UInt8]) -> Bool {
        let name = Self.folded(dnsName)
        switch kind {
        case .name(let own): return name == own
        case .wildcard(let rest):
            guard let dot = name.firstIndex(of: Self.dot), dot > 0, name[dot...].elementsEqual(rest) else {
                return false
            }
            return !name[..<dot].contains(UInt8(ascii: "*"))
        case .uri: return false
        }
    }

    /// Whether a URI of a certificate is meant, byte by byte.
    func matches(uri: [UInt8]) -> Bool { kind == .uri(uri) }

    private static let dot = UInt8(ascii: ".")

    private static func isDNSName(_ name: [UInt8]) -> Bool {
        let labels = name.split(separator: dot, omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
        }
        // The last label of an IPv4 address is a number, that of a name is not.
        return isName && labels.last?.contains { !(0x30...0x39).contains($0) } == true
    }

    private static func folded(_ name: [UInt8]) -> [UInt8] {
        name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }
}

extension [PeerName] {
    /// Reads names separated by commas. The error is the text that is none.
    package static func list(_ text: String) -> Result<[PeerName], PeerNameProblem> {
        var names: [PeerName] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            guard let name = PeerName(part) else { return .failure(PeerNameProblem(text: part)) }
            names.append(name)
        }
        return .success(names)
    }
}

/// A text that names no client.
package struct PeerNameProblem: Error, Equatable {
    package var text: String
}
