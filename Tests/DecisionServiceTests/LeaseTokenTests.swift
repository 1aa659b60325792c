import LimitCore
import LimitStoreTesting
import Testing

@testable import DecisionService

@Suite struct `A lease's token` {
    private static func lease(parts: Int = 3, keyLength: Int = 16) -> Lease {
        let algorithms: [Algorithm] = [.concurrency, .tokenBucket, .slidingWindow, .slidingLog, .fixedWindow]
        return Lease(
            id: 0xFEDC_BA98_7654_3210,
            home: .shared,
            expiry: 1_750_000_000_123_456,
            time: 30_000_000,
            parts: (0..<parts).map { index in
                var limit = Limit(algorithms[index % 5], count: Int64(index) * 1000, window: 60_000_000)
                limit.capacity = Amount.max - Int64(index)
                if limit.algorithm == .fixedWindow { limit.calendar = .month }
                return Lease.Part(
                    unit: index == 0 ? "slots" : "tokens",
                    times: Int64(index + 1),
                    held: HeldCharge(
                        key: (0..<keyLength).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) },
                        limit: limit,
                        amount: Int64(index) + 412,
                        stamp: 1_750_000_000_000_000,
                        mark: Amount.max
                    )
                )
            }
        )
    }

    private static func secrets(_ bytes: UInt8...) -> LeaseSecrets {
        LeaseSecrets(generations: bytes.map { [UInt8](repeating: $0, count: 16) })
    }

    @Test(arguments: [0, 1, 5, 8])
    func `opens to what was sealed`(parts: Int) throws {
        let token = LeaseToken(Self.secrets(1))
        var lease = Self.lease(parts: parts)
        #expect(token.open(token.seal(lease)) == expected(lease))
        lease.home = .daemon(.max)
        #expect(token.open(token.seal(lease)) == expected(lease))
    }

    /// What a limit could hold before warm-up is no part of a lease.
    private func expected(_ lease: Lease) -> Lease {
        var lease = lease
        for index in lease.parts.indices {
            lease.parts[index].held.limit.ceiling = lease.parts[index].held.limit.count
            let limit = lease.parts[index].held.limit
            if limit.algorithm == .tokenBucket { lease.parts[index].held.limit.ceiling = limit.capacity }
        }
        return lease
    }

    @Test func `with any bit changed or any byte missing opens to nothing`() {
        let token = LeaseToken(Self.secrets(1))
        let sealed = token.seal(Self.lease())
        for index in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[index] ^= 1 << UInt8(bit)
                #expect(token.open(altered) == nil)
            }
            #expect(token.open(Array(sealed[..<index])) == nil)
        }
        #expect(token.open(sealed + [0]) == nil)
    }

    @Test func `of another deployment opens to nothing`() {
        let sealed = LeaseToken(Self.secrets(1)).seal(Self.lease())
        #expect(LeaseToken(Self.secrets(2)).open(sealed) == nil)
    }

    @Test func `opens with the secret before the newest, and is sealed with the newest`() {
        let old = LeaseToken(Self.secrets(1))
        let both = LeaseToken(Self.secrets(2, 1))
        let new = LeaseToken(Self.secrets(2))
        #expect(both.open(old.seal(Self.lease())) != nil)
        #expect(new.open(both.seal(Self.lease())) != nil)
        #expect(old.open(both.seal(Self.lease())) == nil)
    }

    @Test func `never grows past its bound and keeps slots longest`() throws {
        let token = LeaseToken(Self.secrets(1))
        let sealed = token.seal(Self.lease(parts: 16, keyLength: 150))
        #expect(sealed.count <= LeaseToken.longest)
        let kept = try #require(token.open(sealed)).parts
        #expect((1..<16).contains(kept.count))
        #expect(kept.count(where: { $0.held.limit.algorithm == .concurrency }) == 4)
    }

    @Test func `of random bytes opens to nothing`() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let token = LeaseToken(Self.secrets(1))
        for _ in 0..<2000 {
            let count = Int.random(in: 0...1100, using: &random)
            #expect(token.open((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }) == nil)
        }
    }

    @Test func `authentic or not, its body is read without a trap`() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var writer = TokenWriter()
        writer.append(Self.lease())
        let body = writer.bytes
        var read = 0
        for _ in 0..<5000 {
            var broken = body
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                broken[Int.random(in: broken.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            broken.removeLast(Int.random(in: 0...4, using: &random))
            var reader = TokenReader(broken)
            if reader.lease() != nil { read += 1 }
        }
        #expect(read < 5000)
    }
}
