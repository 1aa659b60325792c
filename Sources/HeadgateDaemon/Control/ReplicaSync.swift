import DecisionService
import LimitCore
import RedisStore
import ServiceLifecycle

/// Keeps what is known of the replicas up to date: four times a second the limits follow, once a second, and at once
/// when a replica changes its state, the shared store is told and asked.
struct ReplicaSync: Service {
    let register: ReplicaRegister
    /// Nil where nothing is shared.
    let link: ControlLink?

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in Ticks(every: .milliseconds(250)).cancelOnGracefulShutdown() { register.refresh() }
            }
            group.addTask { await sync() }
            await group.waitForAll()
        }
    }

    /// One exchange at a time, so that no answer is older than what is known already.
    private func sync() async {
        let (turns, turn) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() { turn.yield() }
            }
            group.addTask {
                for await _ in register.changes.cancelOnGracefulShutdown() { turn.yield() }
            }
            group.addTask {
                for await _ in turns.cancelOnGracefulShutdown() { await exchange() }
            }
            await group.waitForAll()
        }
    }

    private func exchange() async {
        let pending = register.takePending()
        guard let link else { return }
        let now = Clocks.monotonic()
        let reports = pending.map {
            ReplicaReport(
                report: $0.report,
                lifetime: ReplicaTable.lifetime(of: $0.report),
                age: now - $0.received
            )
        }
        guard let stored = try? await link.report(reports) else {
            register.notTold(pending)
            return
        }
        var table = ReplicaTable()
        for replica in stored.replicas {
            table.insert(
                Replica(
                    state: replica.state,
                    load: replica.load,
                    since: replica.since,
                    seen: replica.seen,
                    lifetime: replica.lifetime
                ),
                pool: replica.pool,
                name: replica.name
            )
        }
        register.told(table, at: stored.time)
    }
}
