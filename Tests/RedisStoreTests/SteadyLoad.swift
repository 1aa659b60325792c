import LimitCore
import NIOCore

@testable import RedisStore

/// Two thousand checks a second on one lane, whatever becomes of them: what the store answers of it is its rate.
final class SteadyLoad: Sendable {
    private let daemon: TestDaemon
    private let log: NIOLoopBound<Log>
    private let task: RepeatedTask

    private final class Log {
        /// Of the latest answers: whether the store gave them.
        var latest: [Bool] = []
        /// The longest that a check waited, without the time in which the loop itself did not get to run: other tests
        /// want the processor too.
        var worst: Microseconds = 0
        var asked = 0
        var answered = 0
        private var lastTurn = TestDaemon.now()
        private var stalledBefore: Microseconds = 0

        /// How long the loop has stood still so far.
        func stalled(_ now: Microseconds) -> Microseconds {
            stalledBefore + max(0, now - lastTurn - SteadyLoad.interval)
        }

        func turn(_ now: Microseconds) {
            stalledBefore = stalled(now)
            lastTurn = now
        }
    }

    private static let interval: Microseconds = 2_000

    init(on daemon: TestDaemon, _ limit: Limit) async throws {
        self.daemon = daemon
        let log = try await daemon.loop.submit { NIOLoopBound(Log(), eventLoop: daemon.loop) }.get()
        self.log = log
        task = daemon.loop.scheduleRepeatedTask(initialDelay: .zero, delay: .microseconds(Self.interval)) { _ in
            log.value.turn(TestDaemon.now())
            for _ in 0..<4 {
                let start = TestDaemon.now()
                let stalled = log.value.stalled(start)
                let batch = Seeded(0).batch([.one(log.value.asked % 100 * 4 + 1, limit)])
                log.value.asked += 1
                batch.deadlines[0] = start + 1_000_000
                daemon.onLane {
                    $0.decide(batch) { batch in
                        let log = log.value
                        log.answered += 1
                        let now = TestDaemon.now()
                        log.worst = max(log.worst, now - start - (log.stalled(now) - stalled))
                        log.latest.append(batch.results[0] != .unknown)
                        if log.latest.count > 500 { log.latest.removeFirst() }
                    }
                }
            }
        }
    }

    /// What part of the latest quarter of a second's checks the store answered; nil before there were as many.
    func share() async throws -> Double? {
        let log = log
        return try await daemon.loop.submit {
            let latest = log.value.latest
            return latest.count < 500 ? nil : Double(latest.count { $0 }) / Double(latest.count)
        }.get()
    }

    /// Forgets the answers so far.
    func restart() async throws {
        let log = log
        try await daemon.loop.submit { log.value.latest = [] }.get()
    }

    /// Ends the load; how many checks were asked and answered, and the longest that one waited in us.
    func stop() async throws -> (asked: Int, answered: Int, worst: Microseconds) {
        let (log, task) = (log, task)
        try await daemon.loop.submit { task.cancel() }.get()
        try await eventually("all are answered") {
            try await self.daemon.loop.submit { log.value.answered == log.value.asked }.get()
        }
        return try await daemon.loop.submit { (log.value.asked, log.value.answered, log.value.worst) }.get()
    }
}
