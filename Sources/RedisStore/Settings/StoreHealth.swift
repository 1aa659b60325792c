import Synchronization

/// What a store's lanes went through, for status pages and metrics. Written by every lane, read by anyone.
package final class StoreHealth: Sendable {
    /// How a store is.
    package enum State: String, Sendable {
        case connecting
        case available
        case unavailable
    }

    /// Counts since the start.
    package struct Snapshot: Sendable {
        package var state: State
        /// Time of a call's round trip in us, a moving average; 0 before the first.
        package var latency: Int64
        package var calls: Int
        package var checks: Int
        package var failedCalls: Int
        package var unknownChecks: Int
        package var rememberedRefusals: Int
        /// Charges of refused checks over several slots of a Cluster, and those of which it is not known whether they
        /// were given back.
        package var givenBack: Int
        package var lostGiveBacks: Int
        package var connections: Int
        package var lanesOut: Int
    }

    private let latency = Atomic<Int64>(0)
    private let calls = Atomic<Int>(0)
    private let checks = Atomic<Int>(0)
    private let failedCalls = Atomic<Int>(0)
    private let unknownChecks = Atomic<Int>(0)
    private let rememberedRefusals = Atomic<Int>(0)
    private let givenBack = Atomic<Int>(0)
    private let lostGiveBacks = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)
    private let lanesOut = Atomic<Int>(0)
    private let report: @Sendable (StoreEvent) -> Void

    init(report: @escaping @Sendable (StoreEvent) -> Void) {
        self.report = report
    }

    package var snapshot: Snapshot {
        let out = lanesOut.load(ordering: .relaxed)
        let connected = connections.load(ordering: .relaxed)
        return Snapshot(
            state: out > 0 ? .unavailable : connected > 0 ? .available : .connecting,
            latency: latency.load(ordering: .relaxed),
            calls: calls.load(ordering: .relaxed),
            checks: checks.load(ordering: .relaxed),
            failedCalls: failedCalls.load(ordering: .relaxed),
            unknownChecks: unknownChecks.load(ordering: .relaxed),
            rememberedRefusals: rememberedRefusals.load(ordering: .relaxed),
            givenBack: givenBack.load(ordering: .relaxed),
            lostGiveBacks: lostGiveBacks.load(ordering: .relaxed),
            connections: connected,
            lanesOut: out
        )
    }

    func answered(checks count: Int, after time: Int64) {
        calls.wrappingAdd(1, ordering: .relaxed)
        checks.wrappingAdd(count, ordering: .relaxed)
        let old = latency.load(ordering: .relaxed)
        latency.store(old == 0 ? time : old + (time - old) / 16, ordering: .relaxed)
    }

    func failed() { failedCalls.wrappingAdd(1, ordering: .relaxed) }
    func unknown(_ count: Int) { unknownChecks.wrappingAdd(count, ordering: .relaxed) }
    func gaveBack(_ charges: Int, acknowledged: Bool) {
        if acknowledged {
            givenBack.wrappingAdd(charges, ordering: .relaxed)
        } else {
            lostGiveBacks.wrappingAdd(charges, ordering: .relaxed)
        }
    }

    func remembered() { rememberedRefusals.wrappingAdd(1, ordering: .relaxed) }

    func connected(_ address: RedisAddress) {
        connections.wrappingAdd(1, ordering: .relaxed)
        report(.connected(address))
    }

    func lost(_ address: RedisAddress?, _ error: StoreError) { report(.lost(address, error)) }
    func note(_ event: StoreEvent) { report(event) }

    /// A lane's store went out; the first one is told.
    func laneOut() {
        if lanesOut.wrappingAdd(1, ordering: .relaxed).newValue == 1 { report(.unavailable) }
    }

    /// A lane's store is back; the last one is told.
    func laneBack() {
        if lanesOut.wrappingSubtract(1, ordering: .relaxed).newValue == 0 { report(.available) }
    }
}
