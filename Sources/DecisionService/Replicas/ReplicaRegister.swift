package import LimitCore
import Synchronization

/// What this daemon knows of the replicas, and what it has still to tell the others.
///
/// Lanes note reports and answer at once by what is known here. Where the daemons share a store, what was noted goes
/// there, and what the store then knows comes back. Times are the store's: this daemon's passing time, set right by
/// each answer of the store.
package final class ReplicaRegister: Sendable {
    /// A report that the store has not been told of.
    package struct Pending: Sendable, Equatable {
        package var report: ReportRequest
        /// When it came, by this daemon's monotonic clock.
        package var received: Microseconds

        package init(report: ReportRequest, received: Microseconds) {
            self.report = report
            self.received = received
        }
    }

    private struct Name: Hashable {
        var pool: String
        var replica: String
    }

    private struct State {
        var table = ReplicaTable()
        var pending: [Name: Pending] = [:]
        /// From the monotonic clock to the store's.
        var offset: Microseconds
        /// The store does not answer: nobody is forgotten who may be reporting to another daemon.
        var isCutOff = false
    }

    private let state: Mutex<State>
    private let register: PolicyRegister
    private let monotonicNow: @Sendable () -> Microseconds
    private let news: AsyncStream<Void>.Continuation
    /// One element for one or more reports that the other daemons should know of at once.
    package let changes: AsyncStream<Void>

    /// - Parameters:
    ///   - realtime: in microseconds since the Unix epoch: the store's clock until the store has told it.
    ///   - monotonicNow: a clock that never steps, in microseconds.
    package init(
        _ register: PolicyRegister,
        realtime: Microseconds,
        monotonicNow: @escaping @Sendable () -> Microseconds
    ) {
        self.register = register
        self.monotonicNow = monotonicNow
        state = Mutex(State(offset: realtime - monotonicNow()))
        (changes, news) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes a replica's heartbeat and tells how its pool stands.
    package func note(_ report: ReportRequest) -> Result<ReportResponse, CallFailure> {
        if report.state == .unspecified { return .failure(.invalid(InvalidField("state", "is not given"))) }
        let received = monotonicNow()
        let name = Name(pool: report.pool, replica: report.replica)
        let (view, isNews) = state.withLock { state -> (ReplicaView?, Bool) in
            // The silent ones are forgotten by `refresh`, a few times a second, and not here: this is a lane's thread.
            let now = received + state.offset
            let before = state.table.pools[report.pool]?[report.replica]?.state
            guard state.table.note(report, at: now) else { return (nil, false) }
            state.pending[name] = Pending(report: report, received: received)
            return (ReplicaView(state.table, at: now), before != report.state)
        }
        guard let view else {
            return .failure(.unavailable("\(ReplicaTable.most) replicas report already"))
        }
        if isNews {
            register.setReplicas(view)
            news.yield()
        }
        let scale = view.scale(ofPool: report.pool, under: register.policy)
        let count = UInt32(clamping: view.table.pools[report.pool]?.count ?? 0)
        return .success(ReportResponse(scale: Double(scale) / 1e6, replicas: count))
    }

    /// The replicas as they are now.
    package var view: ReplicaView {
        let now = monotonicNow()
        return state.withLock { state in
            if !state.isCutOff { state.table.forget(at: now + state.offset) }
            return ReplicaView(state.table, at: now + state.offset)
        }
    }

    /// Has the limits follow: replicas warm up and fall silent without a word.
    package func refresh() { register.setReplicas(view) }

    /// What the store is to be told; `told` or `notTold` must follow.
    package func takePending() -> [Pending] {
        state.withLock { state in
            defer { state.pending.removeAll() }
            return Array(state.pending.values)
        }
    }

    /// What the store knows, at an instant of its clock, now that it was told.
    package func told(_ table: ReplicaTable, at time: Microseconds) {
        let now = monotonicNow()
        state.withLock { state in
            state.isCutOff = false
            state.offset = time - now
            state.table = table
            for pending in state.pending.values {
                state.table.note(pending.report, at: pending.received + state.offset)
            }
        }
        refresh()
    }

    /// The store did not answer: what it was to be told is kept, unless there is newer.
    package func notTold(_ reports: [Pending]) {
        state.withLock { state in
            state.isCutOff = true
            for pending in reports {
                let name = Name(pool: pending.report.pool, replica: pending.report.replica)
                if state.pending[name] == nil { state.pending[name] = pending }
            }
        }
    }
}
