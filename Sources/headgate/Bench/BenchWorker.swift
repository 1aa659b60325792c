import CEpoll
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// One thread of a bench: its connections, each a closed loop of `pipeline` calls, on one epoll.
///
/// Not on NIO: the generator shares the machine with the server it measures. Against a bare NIO handler that only
/// counts, measured on 2 cores, this costs three quarters of the CPU a call at 32 x 1, and the same at 1 x 64.
final class BenchWorker {
    private let plan: BenchPlan
    private let connections: [BenchConnection]
    private let epoll: CInt
    private var open: Int
    private var random: RandomBits
    private var tally = BenchTally()
    private var waitsForOutput: [Bool]

    /// What a worker hands back.
    struct Result: Sendable {
        var tally: BenchTally
        /// Nanoseconds that were measured.
        var elapsed: UInt64
        /// CPU nanoseconds of this thread in that time.
        var ownCPU: UInt64
        /// CPU time of the server in that time; nil where no process was named.
        var serverCPU: Duration?
        /// The daemon closed connections before the end.
        var closed: Int
    }

    init(plan: BenchPlan, connections: [BenchConnection], seed: UInt64) throws(BenchFailure) {
        self.plan = plan
        self.connections = connections
        open = connections.count
        random = RandomBits(seed: seed)
        waitsForOutput = Array(repeating: false, count: connections.count)
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .system("epoll") }
        for index in connections.indices {
            try watch(index, EPOLL_CTL_ADD, output: false)
        }
    }

    deinit {
        close(epoll)
    }

    /// Calls until the plan's time is over, its calls are made, all connections are closed, or `stop` is set.
    func run(stop: borrowing Atomic<Bool>) throws(BenchFailure) -> Result {
        for connection in connections {
            try connection.start(now: BenchClock.now()) { plan.popularity.next(&random) }
        }
        try loop(until: BenchClock.now() + plan.warmUp.wholeNanoseconds, stop: stop)
        tally.reset()
        let meter = try BenchMeter(process: plan.serverProcess)
        try loop(until: BenchClock.now() + plan.duration.wholeNanoseconds, stop: stop)
        let reading = try meter.read()
        return Result(
            tally: tally,
            elapsed: reading.elapsed,
            ownCPU: reading.ownCPU,
            serverCPU: reading.serverCPU,
            closed: connections.count - open
        )
    }

    private func loop(until end: UInt64, stop: borrowing Atomic<Bool>) throws(BenchFailure) {
        try withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events throws(BenchFailure) in
            while open > 0, !stop.load(ordering: .relaxed), BenchClock.now() < end {
                let count = epoll_wait(epoll, events.baseAddress, CInt(events.count), 20)
                guard count >= 0 else {
                    if errno == EINTR { continue }
                    throw .system("epoll")
                }
                for index in 0..<Int(count) {
                    try turn(Int(events[index].data.u32), events[index].events)
                }
                if tally.decisions >= plan.callsPerThread { return }
            }
        }
    }

    private func turn(_ index: Int, _ events: UInt32) throws(BenchFailure) {
        let connection = connections[index]
        if events & EPOLLOUT.rawValue != 0 { try connection.flush() }
        if events & ~EPOLLOUT.rawValue != 0 {
            let goesOn = try connection.turn(&tally, now: BenchClock.now) { plan.popularity.next(&random) }
            if !goesOn || (connection.isDraining && connection.inFlight == 0) {
                open -= 1
                _ = epoll_ctl(epoll, EPOLL_CTL_DEL, connection.descriptor, nil)
                return
            }
        }
        if connection.hasOutput != waitsForOutput[index] {
            try watch(index, EPOLL_CTL_MOD, output: connection.hasOutput)
        }
    }

    private func watch(_ index: Int, _ operation: CInt, output: Bool) throws(BenchFailure) {
        waitsForOutput[index] = output
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (output ? EPOLLOUT.rawValue : 0)
        event.data.u32 = UInt32(truncatingIfNeeded: index)
        guard epoll_ctl(epoll, operation, connections[index].descriptor, &event) == 0 else { throw .system("epoll") }
    }
}
