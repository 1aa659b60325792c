package import LimitCore

/// A replica's report on its way into the store.
package struct ReplicaReport: Sendable, Equatable {
    package var report: ReportRequest
    /// After so long without another one the replica is forgotten, in us.
    package var lifetime: Microseconds
    /// How long ago the report came, in us.
    package var age: Microseconds

    package init(report: ReportRequest, lifetime: Microseconds, age: Microseconds) {
        self.report = report
        self.lifetime = lifetime
        self.age = age
    }

    /// As the script takes them.
    var arguments: [String] {
        [
            report.pool, report.replica, "\(report.state.rawValue)", "\(report.load)", "\(max(1, lifetime))",
            "\(max(0, age))",
        ]
    }
}

/// The replicas that are alive, as the store has them.
package struct StoredReplicas: Sendable, Equatable {
    package struct Replica: Sendable, Equatable {
        package var pool: String
        package var name: String
        package var state: ReplicaState
        package var load: Double
        /// By the store's clock, in us: the first report of the state, the last report, how long it counts.
        package var since: Microseconds
        package var seen: Microseconds
        package var lifetime: Microseconds
    }

    /// The store's clock, in us.
    package var time: Microseconds
    package var replicas: [Replica] = []

    /// Nil where the bytes are not what the script packs.
    init?(time: Microseconds, packed: some RandomAccessCollection<UInt8>) {
        self.time = time
        var unpacking = Unpacking(rest: Array(packed)[...])
        while !unpacking.rest.isEmpty {
            guard let replica = unpacking.replica() else { return nil }
            replicas.append(replica)
        }
    }
}

/// Takes packed replicas apart: four doubles, the state, and two texts behind their lengths, little-endian.
private struct Unpacking {
    var rest: ArraySlice<UInt8>

    mutating func replica() -> StoredReplicas.Replica? {
        guard let seen = time(), let lifetime = time(), let since = time(), let load = double(), load.isFinite,
            let state = rest.popFirst().flatMap(ReplicaState.init(rawValue:)), let pool = text(), let name = text()
        else { return nil }
        return StoredReplicas.Replica(
            pool: pool,
            name: name,
            state: state,
            load: load,
            since: since,
            seen: seen,
            lifetime: lifetime
        )
    }

    private mutating func double() -> Double? {
        guard rest.count >= 8 else { return nil }
        let bits = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        return Double(bitPattern: bits)
    }

    /// Whole and from 0 to 2^53.
    private mutating func time() -> Microseconds? {
        guard let value = double(), value >= 0, value <= 9_007_199_254_740_992 else { return nil }
        return Microseconds(exactly: value)
    }

    private mutating func text() -> String? {
        guard let count = rest.popFirst().map({ Int($0) }), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return String(validating: rest.prefix(count), as: UTF8.self)
    }
}
