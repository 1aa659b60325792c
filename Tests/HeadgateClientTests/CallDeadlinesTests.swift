import NIOCore
import Testing

@testable import HeadgateClient

struct CallDeadlinesTests {
    private func at(_ time: UInt64) -> NIODeadline { .uptimeNanoseconds(time) }

    @Test func `calls run out soonest first, whatever the order they came in`() {
        var deadlines = CallDeadlines()
        for (call, time) in [(1, 50), (2, 20), (3, 50), (4, 10), (5, 70)] {
            deadlines.insert(UInt32(call), at: at(UInt64(time)))
        }
        var order: [UInt32] = []
        while let call = deadlines.popDue(at(60)) { order.append(call) }
        #expect(order == [4, 2, 1, 3])
        #expect(deadlines.first == at(70))
    }

    @Test func `calls that are over are dropped from the front`() {
        var deadlines = CallDeadlines()
        for call in 1...3 { deadlines.insert(UInt32(call), at: at(UInt64(call))) }
        deadlines.dropFirst { $0 < 3 }
        #expect(deadlines.first == at(3))
    }

    @Test(arguments: [(0, 50), (1, 50), (2, 100), (3, 200), (6, 1600), (7, 2000), (1_000_000, 2000)])
    func `the wait before a dial doubles up to two seconds`(_ row: (Int, Int)) {
        #expect(Backoff.bound(afterFailures: row.0) == .milliseconds(row.1))
        var random = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            let delay = Backoff.delay(afterFailures: row.0, using: &random)
            #expect(delay >= .zero && delay <= .milliseconds(row.1))
        }
    }
}
