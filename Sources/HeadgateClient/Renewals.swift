import LimitCore
import NIOCore
import Synchronization

/// Keeps leases alive while their calls run: many in one message, once in a third of their time.
final class Renewals: Sendable {
    /// Leases of one interval: what comes later is due later, so the first is always the next.
    private struct Queue {
        var entries = CircularBuffer<(due: NIODeadline, lease: Lease)>()
        /// Of the entries, those that were settled; about.
        var over = 0
        var isScheduled = false
    }

    private let fleet: Fleet
    private let loop: any EventLoop
    private let queues = Mutex<[Interval: Queue]>([:])

    /// The contract's bound for one message, and one that keeps its frame below 64 KiB.
    static let mostLeases = 256
    static let mostBytes = 60 << 10
    /// How long an answer may take; a renewal that failed has time left for others.
    static let patience = TimeAmount.seconds(1)

    init(_ fleet: Fleet, loop: any EventLoop) {
        self.fleet = fleet
        self.loop = loop
    }

    /// Renews the lease from now on, until it is over.
    func add(_ lease: Lease) {
        if lease.isHeld { enqueue(lease, Interval(leaseTime: lease.time)) }
    }

    /// The lease is over: it is not renewed any more, and soon forgotten.
    func forget(_ lease: Lease) {
        guard lease.isHeld else { return }
        queues.withLock { queues in
            let interval = Interval(leaseTime: lease.time)
            guard var queue = queues.removeValue(forKey: interval) else { return }
            queue.over += 1
            if queue.over > 64, queue.over > queue.entries.count / 2 {
                queue.entries = CircularBuffer(queue.entries.lazy.filter { !$0.lease.isOver })
                queue.over = 0
            }
            queues[interval] = queue
        }
    }

    private func enqueue(_ lease: Lease, _ interval: Interval) {
        let due = NIODeadline.now() + interval.time
        queues.withLock { queues in
            queues[interval, default: Queue()].entries.append((due, lease))
            schedule(interval, &queues)
        }
    }

    private func schedule(_ interval: Interval, _ queues: inout [Interval: Queue]) {
        guard let queue = queues[interval], !queue.isScheduled else { return }
        guard let first = queue.entries.first else {
            queues[interval] = nil
            return
        }
        queues[interval]?.isScheduled = true
        loop.scheduleTask(deadline: first.due) { self.fire(interval) }
    }

    /// Renews what is due, and what is nearly: one message then carries more of them.
    private func fire(_ interval: Interval) {
        let until = NIODeadline.now() + .nanoseconds(interval.time.nanoseconds / 8)
        var due: [Lease] = []
        queues.withLock { queues in
            queues[interval]?.isScheduled = false
            while let first = queues[interval]?.entries.first, first.due <= until || first.lease.isOver {
                queues[interval]?.entries.removeFirst()
                due.append(first.lease)
            }
            schedule(interval, &queues)
        }
        renew(due)
    }

    private func renew(_ due: [Lease]) {
        var batches: [ObjectIdentifier: RenewalBatch] = [:]
        for lease in due {
            guard let item = lease.renewal() else { continue }
            guard let connection = fleet.connection(for: lease.client) else {
                failed(lease)
                continue
            }
            let name = ObjectIdentifier(connection)
            if let full = batches[name], !full.hasRoom(for: item) {
                send(full)
                batches[name] = nil
            }
            batches[name, default: RenewalBatch(connection)].append(lease, item)
        }
        for batch in batches.values { send(batch) }
    }

    private func send(_ batch: RenewalBatch) {
        Task {
            let asked = NIODeadline.now()
            let ending = await batch.connection.ask(.renew(batch.request), deadline: asked + Self.patience)
            guard case .answered(.renew(let response)) = ending, response.leases.count == batch.leases.count else {
                for lease in batch.leases { failed(lease) }
                return
            }
            for (lease, item) in zip(batch.leases, response.leases) {
                lease.renewed(item, asked: asked)
                if !lease.isOver { enqueue(lease, Interval(leaseTime: lease.time)) }
            }
        }
    }

    /// No daemon answered. What was granted last still holds for a while: time to ask again.
    private func failed(_ lease: Lease) {
        if !lease.isOver, lease.renewalFailed(now: .now()) { enqueue(lease, Interval(leaseTime: lease.time).sooner) }
    }
}

extension Renewals {
    /// How long after its last sign of life a lease is renewed: one of eight times in each power of two, so that leases
    /// of nearly the same time share a message.
    struct Interval: Hashable, Sendable {
        private let microseconds: Int64

        /// No lease is renewed more often than every 10 ms, whatever the daemon says.
        private static let shortest: Int64 = 10_000

        private init(microseconds: Int64) {
            let time = max(microseconds, Self.shortest)
            let unit = max(Int64(1), (1 << (63 - Int64(time.leadingZeroBitCount))) / 8)
            self.microseconds = time / unit * unit
        }

        /// About a third of the lease's time; an eighth less at most.
        init(leaseTime: TimeAmount) {
            self.init(microseconds: leaseTime.nanoseconds / 3000)
        }

        var time: TimeAmount { .microseconds(microseconds) }
        /// For another attempt.
        var sooner: Interval { Interval(microseconds: microseconds / 4) }
    }
}
