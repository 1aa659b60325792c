import DecisionService

extension StatusReport {
    /// One with everything in it, and text that would be markup.
    static var sample: StatusReport {
        var verdicts = LaneTally.Verdicts()
        verdicts.allowed = 41
        verdicts.limited = 2
        verdicts.shadowLimited = 1
        var store = StoreState(kind: "memory", state: "ready", keys: 812, evictions: 0)
        store.control = "out"
        store.givenBack = 4
        store.lostGiveBacks = 1
        var report = StatusReport(
            version: "1.2.3",
            uptimeSeconds: 3723,
            policy: PolicyState(
                fingerprint: "0123456789abcdef",
                loadedAt: 1_790_000_000,
                rules: 12,
                reloadProblem: "line 3: </script><b>"
            ),
            store: store,
            peers: 1,
            totals: [RuleTotals(rule: "predict", verdicts: verdicts), RuleTotals(rule: "", verdicts: .init())],
            failed: 3,
            topClients: [],
            connections: 7,
            ready: true
        )
        let replica = Replica(id: "a", state: "warming", load: 0.5, since: 1_790_000_001, isOverdue: true)
        report.leases.granted = 9
        report.leases.settled = 6
        report.leases.renewed = 3
        report.leases.late = 2
        report.leases.refused = 1
        report.pools = [Pool(name: "llama", scale: 0.6, replicas: [replica])]
        report.operators = Operators(version: 9, clients: 2)
        return report
    }
}
