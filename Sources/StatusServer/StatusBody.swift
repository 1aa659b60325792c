import DecisionService

/// `GET /status` as JSON. Names are part of what other programs read: add, never rename.
struct StatusBody: Encodable {
    let report: StatusReport
    /// Now, in seconds since the Unix epoch, so that a reader need not trust its own clock.
    let time: Int64

    private enum Key: String, CodingKey {
        case connections, degraded, failed, leases, operators, peers, policy, pools, ready, store, time, totals, version
        case topClients = "top_clients"
        case uptime = "uptime_s"
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(report.version, forKey: .version)
        try object.encode(time, forKey: .time)
        try object.encode(report.uptimeSeconds, forKey: .uptime)
        try object.encode(report.ready, forKey: .ready)
        try object.encode(PolicyBody(state: report.policy), forKey: .policy)
        try object.encode(StoreBody(state: report.store), forKey: .store)
        try object.encode(report.peers, forKey: .peers)
        try object.encode(report.totals.map(TotalsBody.init), forKey: .totals)
        try object.encode(report.failed, forKey: .failed)
        try object.encode(report.degraded, forKey: .degraded)
        try object.encode(LeasesBody(leases: report.leases), forKey: .leases)
        try object.encode(report.topClients.map(ClientBody.init), forKey: .topClients)
        try object.encode(report.connections, forKey: .connections)
        try object.encode(report.pools.map(PoolBody.init), forKey: .pools)
        try object.encode(OperatorsBody(state: report.operators), forKey: .operators)
    }
}

private struct PolicyBody: Encodable {
    let state: StatusReport.PolicyState

    private enum Key: String, CodingKey {
        case fingerprint, rules
        case loadedAt = "loaded_at"
        case reloadProblem = "reload_problem"
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(state.fingerprint, forKey: .fingerprint)
        try object.encode(state.loadedAt, forKey: .loadedAt)
        try object.encode(state.rules, forKey: .rules)
        try object.encode(state.reloadProblem, forKey: .reloadProblem)
    }
}

private struct StoreBody: Encodable {
    let state: StatusReport.StoreState

    private enum Key: String, CodingKey {
        case control, kind, state, keys, evictions
        case givenBack = "given_back"
        case latency = "latency_us"
        case lostGiveBacks = "lost_give_backs"
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(state.kind, forKey: .kind)
        try object.encode(state.state, forKey: .state)
        try object.encode(state.latencyMicroseconds, forKey: .latency)
        try object.encode(state.keys, forKey: .keys)
        try object.encode(state.evictions, forKey: .evictions)
        try object.encode(state.control, forKey: .control)
        try object.encode(state.givenBack, forKey: .givenBack)
        try object.encode(state.lostGiveBacks, forKey: .lostGiveBacks)
    }
}

private struct TotalsBody: Encodable {
    let totals: StatusReport.RuleTotals

    private enum Key: String, CodingKey {
        case rule, allowed, limited, forbidden, unavailable
        case shadowLimited = "shadow_limited"
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(totals.rule, forKey: .rule)
        try object.encode(totals.verdicts.allowed, forKey: .allowed)
        try object.encode(totals.verdicts.limited, forKey: .limited)
        try object.encode(totals.verdicts.forbidden, forKey: .forbidden)
        try object.encode(totals.verdicts.unavailable, forKey: .unavailable)
        try object.encode(totals.verdicts.shadowLimited, forKey: .shadowLimited)
    }
}

private struct LeasesBody: Encodable {
    let leases: LaneTally.Leases

    private enum Key: String, CodingKey {
        case granted, settled, renewed, late, refused
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(leases.granted, forKey: .granted)
        try object.encode(leases.settled, forKey: .settled)
        try object.encode(leases.renewed, forKey: .renewed)
        try object.encode(leases.late, forKey: .late)
        try object.encode(leases.refused, forKey: .refused)
    }
}

private struct ClientBody: Encodable {
    let entry: TopClients.Entry

    private enum Key: String, CodingKey {
        case client, checks
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(entry.client, forKey: .client)
        try object.encode(entry.checks, forKey: .checks)
    }
}
