internal import LimitCore

extension PolicyDecoder {
    private static let digestPrefix = "sha256:"

    mutating func decodeClients(_ file: Fields) {
        guard let place = file["clients"], let entries = entries(place, named: false) else { return }
        var lines: [ClientModel.Identity: Int] = [:]
        for entry in entries {
            guard let client = decodeClient(entry) else { continue }
            if let first = lines.updateValue(entry.keyMark.line, forKey: client.identity) {
                problem(entry.keyMark, entry.value.path, "is the same client as in line \(first)")
            }
            model.clients.append(client)
        }
        refuseDoubleIdentities(entries, lines)
    }

    private mutating func decodeClient(_ entry: NamedEntry) -> ClientModel? {
        let identity = identity(entry)
        guard let fields = fields(entry.value, ["tier", "blocked", "message", "unlimited"]), let identity else {
            return nil
        }
        var client = ClientModel(identity: identity)
        if let place = fields["tier"] { client.tier = tier(place) }
        if let place = fields["blocked"] { client.blocked = bool(place) ?? false }
        if let place = fields["unlimited"] { client.unlimited = bool(place) ?? false }
        if let place = fields["message"] {
            client.message = message(place)
            if !client.blocked { problem(place, "is for a client that is blocked") }
        }
        return client
    }

    /// The policy's own words to a caller.
    mutating func message(_ place: Located) -> String {
        guard let text = text(place), isClean(text, place, atMost: Self.longestMessage) else { return "" }
        return text
    }

    private mutating func identity(_ entry: NamedEntry) -> ClientModel.Identity? {
        var key = entry.value
        key.node.mark = entry.keyMark
        guard entry.name.hasPrefix(Self.digestPrefix) else {
            return isName(entry.name, key, atMost: Bounds.client) ? .clear(Array(entry.name.utf8)) : nil
        }
        guard let digest = Hexadecimal.bytes(entry.name.utf8.dropFirst(Self.digestPrefix.utf8.count)),
            digest.count == 32
        else {
            problem(key, "sha256: must be followed by 64 hexadecimal digits")
            return nil
        }
        return .digest(digest)
    }

    /// A client must not be named both in clear and by its digest: nobody could say which of the two holds.
    private mutating func refuseDoubleIdentities(_ entries: [NamedEntry], _ lines: [ClientModel.Identity: Int]) {
        let hasDigests = lines.keys.contains { if case .digest = $0 { true } else { false } }
        guard hasDigests else { return }
        for entry in entries where !entry.name.hasPrefix(Self.digestPrefix) {
            guard let line = lines[.digest(Digests.sha256(Array(entry.name.utf8).span))] else { continue }
            problem(entry.keyMark, entry.value.path, "is the same client as the digest in line \(line)")
        }
    }
}

enum Hexadecimal {
    /// The bytes that an even number of digits stand for.
    static func bytes(_ digits: some Collection<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = value(digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
