import LimitCore
internal import NIOCore

/// A lane's way to the masters of a Cluster: a node for each, the slot map, and redirections followed.
final class ClusterRoutes {
    static let mostRedirects = 5
    private static let longestGossip: Microseconds = 1_000_000
    private static let refresh = TimeAmount.milliseconds(200)

    private let lane: RedisLane
    private let seeds: [RedisAddress]
    private var map = SlotMap()
    private var nodes: [RedisAddress: RedisNode] = [:]
    private var turn = 0
    private var isRefreshing = false
    private var lastAsked: Microseconds = -10_000_000

    init(lane: RedisLane, seeds: [RedisAddress]) {
        self.lane = lane
        self.seeds = seeds
    }

    func start() {
        for seed in seeds { _ = node(at: seed) }
        tick()
    }

    func stop() {
        for node in nodes.values { node.stop() }
        nodes.removeAll()
    }

    /// The node that serves a slot; before the map is known any that is there, which will redirect.
    func node(for slot: Int) -> RedisNode? {
        if let master = map.master(of: slot) { return node(at: master) }
        return nodes.values.first { $0.link?.isReady == true } ?? nodes.values.first
    }

    func node(at address: RedisAddress) -> RedisNode {
        if let known = nodes[address] { return known }
        let node = RedisNode(lane: lane) { address }
        nodes[address] = node
        node.connect()
        return node
    }

    /// Takes a redirection for good.
    func moved(_ redirection: Redirection) {
        map.move(redirection.slot, to: redirection.address)
        _ = target(of: redirection)
        ask()
    }

    /// The node that a redirection names.
    func target(of redirection: Redirection) -> RedisNode {
        let node = node(at: redirection.address)
        node.named = lane.clock()
        return node
    }

    /// Asks one of the nodes for the slot map, the others in turn.
    func ask() {
        let now = lane.clock()
        guard now - lastAsked > 20_000 else { return }
        let ready = nodes.values.filter { $0.link?.isReady == true }
        guard !ready.isEmpty else { return }
        turn += 1
        lastAsked = now
        ready[turn % ready.count].askForSlots()
    }

    func learned(_ reply: borrowing Reply, from address: RedisAddress) {
        guard let new = SlotMap(reply, asked: address), !new.masters.isEmpty else { return }
        if Set(new.masters) != Set(map.masters) { lane.health.note(.mastersChanged) }
        map = new
        for master in map.masters { _ = node(at: master) }
        for (address, node) in nodes where !map.masters.contains(address) { retire(node, at: address) }
    }

    /// Lets go of a node that is no master, once what it was asked is answered. One that a redirection has just named
    /// stays: not every node knows of a new master at once.
    private func retire(_ node: RedisNode, at address: RedisAddress) {
        guard lane.clock() - node.named > Self.longestGossip else { return }
        let asks = node.waiting
        node.waiting.removeAll()
        if node.slots.isEmpty {
            nodes[address] = nil
            node.stop()
        }
        for ask in asks { lane.route(ask) }
    }

    /// The map is asked for often while something is amiss, and now and then in any case.
    private func tick() {
        let isWell = map.isComplete && nodes.values.allSatisfy { $0.link?.isReady == true && $0.breaker.isClosed }
        if !isWell || lane.clock() - lastAsked > 5_000_000 { ask() }
        // With no node left the seeds are tried again.
        if nodes.values.allSatisfy({ $0.link?.isReady != true }) { for seed in seeds { _ = node(at: seed) } }
        lane.loop.assumeIsolated().scheduleTask(in: Self.refresh) { [weak self] in
            guard let self, !nodes.isEmpty else { return }
            tick()
        }
    }
}
