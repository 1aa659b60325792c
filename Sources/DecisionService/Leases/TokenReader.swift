import LimitCore

/// Reads a lease from the bytes of its token; everything is nil where they hold none.
struct TokenReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func lease() -> Lease? {
        guard let id = fixed(), let home = home(), let expiry = number(), let time = number(), time > 0,
            let count = number(), count <= Self.mostParts
        else { return nil }
        var parts: [Lease.Part] = []
        for _ in 0..<count {
            guard let part = part() else { return nil }
            parts.append(part)
        }
        return Lease(id: id, home: home, expiry: expiry, time: time, parts: parts)
    }

    private static let mostParts: Int64 = 64

    private mutating func home() -> Lease.Home? {
        switch byte() {
        case 0: .shared
        case 1: fixed().map { .daemon($0) }
        default: nil
        }
    }

    private mutating func part() -> Lease.Part? {
        guard let unit = counted(), let times = number(), let key = counted(), let limit = limit(),
            let amount = number(), let stamp = number(), let mark = number()
        else { return nil }
        return Lease.Part(
            unit: String(decoding: unit, as: UTF8.self),
            times: times,
            held: HeldCharge(key: key, limit: limit, amount: amount, stamp: stamp, mark: mark)
        )
    }

    private mutating func limit() -> Limit? {
        guard let algorithm = byte().flatMap(Algorithm.init(rawValue:)), let calendar = byte(),
            let window = number(), (1...longestWindow).contains(window),
            let count = number(), let capacity = number()
        else { return nil }
        var limit = Limit(algorithm, count: count, window: window, burst: capacity)
        limit.capacity = capacity
        if calendar > 0 {
            guard let period = CalendarPeriod(rawValue: calendar - 1) else { return nil }
            limit.calendar = period
        }
        return limit
    }

    private mutating func counted() -> [UInt8]? {
        guard let count = number(), count <= bytes.count - position else { return nil }
        defer { position += Int(count) }
        return Array(bytes[position..<position + Int(count)])
    }

    private mutating func fixed() -> UInt64? {
        guard bytes.count - position >= 8 else { return nil }
        defer { position += 8 }
        return bytes[position..<position + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// At most `Amount.max`.
    private mutating func number() -> Int64? {
        var number: UInt64 = 0
        for shift in stride(from: 0, through: 49, by: 7) {
            guard let byte = byte() else { return nil }
            number |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte & 0x80 == 0 { return Amount.checked(number) }
        }
        return nil
    }
}
