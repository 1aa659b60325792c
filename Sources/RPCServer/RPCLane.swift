package import DecisionService
package import NIOCore
import WireProtocol

/// One event loop's share of the RPC server: its decisions, its decoder and its connections.
///
/// Everything here is touched on the lane's own loop only.
package final class RPCLane {
    package let eventLoop: any EventLoop
    package let decisions: DecisionLane
    let decoder = MessageDecoder()
    let encoder = MessageEncoder()
    let settings: RPCSettings
    let services = GRPCServices()
    private(set) lazy var gunzip = Gunzip()
    /// Calls of all connections that are not answered.
    package internal(set) var callsInFlight = 0
    /// This lane's share of `RPCSettings.maxCalls`.
    var maxCalls: Int
    /// Bytes of requests that are not whole and of answers that are not read, on HTTP/2 connections.
    package internal(set) var heldBytes = 0
    /// This lane's share of `RPCSettings.maxHeldBytes`.
    var maxHeldBytes: Int
    /// What gRPC's health service says.
    package private(set) var isServing = true
    private var connections: [ObjectIdentifier: any LaneConnection] = [:]
    private var isFlushScheduled = false
    private(set) var isDraining = false
    private var isSweepScheduled = false

    package init(eventLoop: any EventLoop, decisions: DecisionLane, settings: RPCSettings) {
        self.eventLoop = eventLoop
        self.decisions = decisions
        self.settings = settings
        maxCalls = settings.maxCalls
        maxHeldBytes = settings.maxHeldBytes
    }

    /// How many connections speak a dialect on this lane.
    package var connectionCount: Int { connections.count }

    func add(_ connection: any LaneConnection) {
        connections[ObjectIdentifier(connection)] = connection
        scheduleSweep()
    }

    func remove(_ connection: any LaneConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    /// Decides what the connection that just finished reading has asked; with a store that answers later, together
    /// with what the other connections of this pass ask.
    func flush() {
        guard settings.gathersAcrossConnections else {
            decisions.flush()
            return
        }
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.decisions.flush()
        }
    }

    /// Whether there is room for one more call.
    func admitCall() throws(WireError) {
        if callsInFlight >= maxCalls { throw WireError(.resourceExhausted, "too many calls are in flight") }
    }

    /// Tells the lane whether the daemon takes new work: what gRPC's health service answers, and whom it watches hears.
    package func setServing(_ isServing: Bool) {
        guard isServing != self.isServing else { return }
        self.isServing = isServing
        for connection in connections.values { connection.servingChanged() }
    }

    /// Asks every peer to open no new calls; those in flight are answered.
    package func drain() {
        setServing(false)
        isDraining = true
        for connection in connections.values { connection.drain() }
    }

    /// One timer a lane instead of several a connection: what is overdue is found within a second.
    private func scheduleSweep() {
        guard !isSweepScheduled, !connections.isEmpty else { return }
        isSweepScheduled = true
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            self.isSweepScheduled = false
            let now = NIODeadline.now()
            for connection in Array(self.connections.values) { connection.closeIfOverdue(now: now) }
            self.scheduleSweep()
        }
    }
}

/// What a lane asks of its connections, whatever they speak.
protocol LaneConnection: AnyObject {
    func drain()
    func closeIfOverdue(now: NIODeadline)
    /// The lane begins or ceases to take new work.
    func servingChanged()
}

extension LaneConnection {
    func servingChanged() {}
}
