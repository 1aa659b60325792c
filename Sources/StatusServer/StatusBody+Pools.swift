import DecisionService

struct PoolBody: Encodable {
    let pool: StatusReport.Pool

    private enum Key: String, CodingKey {
        case name, replicas, scale
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(pool.name, forKey: .name)
        try object.encode(pool.scale, forKey: .scale)
        try object.encode(pool.replicas.map(ReplicaBody.init), forKey: .replicas)
    }
}

private struct ReplicaBody: Encodable {
    let replica: StatusReport.Replica

    private enum Key: String, CodingKey {
        case id, load, overdue, since, state
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(replica.id, forKey: .id)
        try object.encode(replica.state, forKey: .state)
        try object.encode(replica.load, forKey: .load)
        try object.encode(replica.since, forKey: .since)
        try object.encode(replica.isOverdue, forKey: .overdue)
    }
}

struct OperatorsBody: Encodable {
    let state: StatusReport.Operators

    private enum Key: String, CodingKey {
        case clients, problem, version
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(state.version, forKey: .version)
        try object.encode(state.clients, forKey: .clients)
        try object.encode(state.problem, forKey: .problem)
    }
}
