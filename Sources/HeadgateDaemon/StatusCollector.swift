import DecisionService
import LimitPolicy
import RPCServer

/// Gathers what `GET /status` shows from the parts of the daemon.
struct StatusCollector: Sendable {
    let startedAt: Int64
    let register: PolicyRegister
    /// Why the last reload was refused; nil after one that was not.
    let reloadProblem: @Sendable () -> String?
    let store: StoreBackend
    let lanes: LaneMap
    let server: RPCServer
    let drain: DrainWatch
    let control: RuntimeControl

    func report() async -> StatusReport {
        var tallies: [LaneTally] = []
        for gate in lanes.gates { tallies.append(await gate.tally()) }
        let policy = register.policy
        var report = StatusReport(
            version: HeadgateVersion.current,
            uptimeSeconds: Clocks.monotonic() / 1_000_000 - startedAt,
            policy: StatusReport.PolicyState(
                fingerprint: "\(Fingerprint(policy.fingerprint))",
                loadedAt: register.loadedAt,
                rules: policy.rules.count,
                reloadProblem: reloadProblem()
            ),
            store: store.state,
            peers: store.peers.value,
            totals: LaneTally.totals(tallies, under: policy),
            failed: tallies.reduce(0) { $0 + $1.failed },
            degraded: tallies.reduce(0) { $0 + $1.degraded },
            topClients: TopClients.merged(tallies.map(\.clients), atMost: 10),
            connections: server.connectionCount,
            ready: !drain.isDraining
        )
        for tally in tallies { report.leases.add(tally.leases) }
        report.pools = control.replicas.view.pools(under: policy)
        report.operators = control.operators.status
        return report
    }
}
