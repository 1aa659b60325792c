import LimitCore

/// Which master of a Cluster serves which of the 16,384 slots.
struct SlotMap {
    static let slots = 16_384

    private(set) var masters: [RedisAddress] = []
    /// By slot: the position of its master plus one; 0 is nobody.
    private var owners = [UInt16](repeating: 0, count: slots)

    init() {}

    /// Reads the reply to CLUSTER SLOTS; nil where it is none. A server that does not know its own host gives none,
    /// and is meant by `asked`.
    init?(_ reply: borrowing Reply, asked: RedisAddress) {
        guard case .array(let count)? = reply.nodes.first else { return nil }
        var at = 1
        for _ in 0..<count {
            guard at + 5 < reply.nodes.count, case .array(let parts) = reply.nodes[at], parts >= 3,
                let low = reply.number(at + 1), let high = reply.number(at + 2),
                0 <= low, low <= high, high < Self.slots, case .array = reply.nodes[at + 3],
                let port = reply.number(at + 5).flatMap({ UInt16(exactly: $0) })
            else { return nil }
            let owner = position(of: Self.address(reply.text(at + 4), port: Int(port), asked: asked))
            for slot in Int(low)...Int(high) { owners[slot] = owner }
            at = reply.end(of: at)
        }
    }

    var isComplete: Bool { !owners.contains(0) }

    func master(of slot: Int) -> RedisAddress? {
        owners[slot] == 0 ? nil : masters[Int(owners[slot]) - 1]
    }

    /// Notes what a redirection said.
    mutating func move(_ slot: Int, to master: RedisAddress) {
        owners[slot] = position(of: master)
    }

    private mutating func position(of master: RedisAddress) -> UInt16 {
        if let known = masters.firstIndex(of: master) { return UInt16(known + 1) }
        masters.append(master)
        return UInt16(masters.count)
    }

    private static func address(_ host: String?, port: Int, asked: RedisAddress) -> RedisAddress {
        if let host, !host.isEmpty, host != "?" { return .host(host, port: port) }
        guard case .host(let own, _) = asked else { return asked }
        return .host(own, port: port)
    }

    /// The slot of a key's tag: CRC-16/XMODEM of it (Redis Cluster specification), modulo 16,384.
    static func slot(of tag: ArraySlice<UInt8>) -> Int {
        var crc: UInt16 = 0
        for byte in tag {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return Int(crc) % slots
    }
}

extension Reply {
    /// The index after a part and all that is in it.
    func end(of index: Int) -> Int {
        var open = 1
        var at = index
        while open > 0, at < nodes.count {
            open -= 1
            if case .array(let count) = nodes[at] { open += max(0, count) }
            at += 1
        }
        return at
    }
}

/// Where a Cluster's node sends its asker: `MOVED 3999 127.0.0.1:6381`.
struct Redirection: Equatable {
    var slot: Int
    var address: RedisAddress

    init?(_ error: String, asked: RedisAddress?) {
        let words = error.split(separator: " ")
        guard words.count == 3, let slot = Int(words[1]), (0..<SlotMap.slots).contains(slot),
            let colon = words[2].lastIndex(of: ":"),
            let port = UInt16(words[2][words[2].index(after: colon)...])
        else { return nil }
        var host = String(words[2][..<colon])
        if host.isEmpty, case .host(let own, _)? = asked { host = own }
        self.slot = slot
        address = .host(host, port: Int(port))
    }
}
