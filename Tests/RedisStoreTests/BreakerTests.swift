import Testing

@testable import RedisStore

/// Expects two values to be the same, of which reading one may change the machine under test.
private func same<Value: Equatable>(_ found: Value, _ expected: Value, at location: SourceLocation = #_sourceLocation) {
    #expect(found == expected, sourceLocation: location)
}

struct BreakerTests {
    @Test func `opens after five failures in a row`() {
        var breaker = Breaker()
        for _ in 0..<4 { same(breaker.failed(0, 0), .none) }
        same(breaker.succeeded(), .none)
        for _ in 0..<4 { same(breaker.failed(0, 0), .none) }
        same(breaker.failed(0, 0), .opened)
        same(breaker.isClosed, false)
        same(breaker.allows(0), false)
    }

    @Test func `opens after a quarter of a second of failures`() {
        var breaker = Breaker()
        same(breaker.failed(1_000_000, 0), .none)
        same(breaker.failed(1_249_999, 0), .none)
        same(breaker.failed(1_250_000, 0), .opened)
    }

    @Test func `lets one trial through and closes when it succeeds`() {
        var breaker = opened()
        same(breaker.allows(49_999), false)
        same(breaker.isPassable(50_000), true)
        same(breaker.allows(50_000), true)
        same(breaker.allows(50_000), false)
        same(breaker.isPassable(50_000), false)
        same(breaker.succeeded(), .closed)
        same(breaker.allows(50_001), true)
    }

    @Test func `a failed trial waits for longer, two seconds at most`() {
        var breaker = opened()
        var now: Int64 = 10_000_000
        var longest: Int64 = 0
        for _ in 0..<10 {
            same(breaker.allows(now), true)
            same(breaker.failed(now, .max), .none)
            var wait: Int64 = 0
            while !breaker.isPassable(now + wait) { wait += 1_000 }
            longest = max(longest, wait)
            now += wait
        }
        #expect((2_000_000...2_051_000).contains(longest))
    }

    @Test func `a new connection is worth a trial at once`() {
        var breaker = opened()
        breaker.connected(1)
        same(breaker.allows(1), true)
        breaker.withdrawn(2)
        same(breaker.allows(2), true)
    }

    @Test func `a failure while open changes nothing`() {
        var breaker = opened()
        same(breaker.failed(1, 0), .none)
        same(breaker.isPassable(50_000), true)
    }

    private func opened() -> Breaker {
        var breaker = Breaker()
        for _ in 0..<5 { _ = breaker.failed(0, 0) }
        return breaker
    }

    @Test func `waits double up to their bound and are anywhere below it`() {
        var backoff = Backoff(first: 100, last: 350)
        same([backoff.next(.max), backoff.next(.max), backoff.next(.max), backoff.next(.max)], [99, 199, 349, 349])
        same(backoff.next(0), 0)
        backoff.reset()
        same(backoff.next(.max), 99)
    }
}

struct LinkStateMachineTests {
    @Test func `greets, then pairs replies with commands`() {
        var machine = RedisLink.StateMachine()
        same(machine.send(), .refuse)
        same(machine.connected([.auth, .script]), .greet([.auth, .script]))
        same(machine.send(), .refuse)
        same(machine.replied(), .check(.auth, isLast: false))
        same(machine.isReady, false)
        same(machine.replied(), .check(.script, isLast: true))
        same(machine.isReady, true)
        same(machine.send(), .write)
        same(machine.send(), .write)
        same(machine.replied(), .deliver)
        same(machine.replied(), .deliver)
        same(machine.replied(), .unasked)
        same(machine.close(), .reportLoss)
        same(machine.close(), .nothing)
        same(machine.replied(), .ignore)
        same(machine.send(), .refuse)
        same(machine.connected([.auth]), .close)
    }

    @Test func `a reply before anything was said is unasked for`() {
        var machine = RedisLink.StateMachine()
        same(machine.replied(), .unasked)
        same(machine.close(), .reportFailure)
    }

    @Test func `a link that ends while it greets never was of use`() {
        var machine = RedisLink.StateMachine()
        _ = machine.connected([.role])
        same(machine.close(), .reportFailure)
    }

    @Test func `a greeting of nothing is ready at once`() {
        var machine = RedisLink.StateMachine()
        same(machine.connected([]), .greet([]))
        same(machine.isReady, true)
    }
}
