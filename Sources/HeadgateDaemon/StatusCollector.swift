import DecisionService
import LimitPolicy
import LimitStore
import RPCServer

/// Gathers what `GET /status` shows from the parts of the daemon.
struct StatusCollector: Sendable {
    let startedAt: Int64
    let register: PolicyRegister
    let watch: PolicyWatch?
    let store: MemoryStore
    let lanes: LaneMap
    let server: RPCServer
    let drain: DrainWatch

    func report() async -> StatusReport {
        var tallies: [LaneTally] = []
        for gate in lanes.gates { tallies.append(await gate.tally()) }
        let policy = register.policy
        let memory = store.statistics()
        return StatusReport(
            version: HeadgateVersion.current,
            uptimeSeconds: Clocks.monotonic() / 1_000_000 - startedAt,
            policy: StatusReport.PolicyState(
                fingerprint: "\(Fingerprint(policy.fingerprint))",
                loadedAt: register.loadedAt,
                rules: policy.rules.count,
                reloadProblem: watch?.reloadProblem
            ),
            store: StatusReport.StoreState(
                kind: "memory",
                state: "ready",
                keys: memory.keys,
                evictions: memory.evictions
            ),
            peers: 1,
            totals: LaneTally.totals(tallies, under: policy),
            failed: tallies.reduce(0) { $0 + $1.failed },
            topClients: TopClients.merged(tallies.map(\.clients), atMost: 10),
            connections: server.connectionCount,
            ready: !drain.isDraining
        )
    }
}
