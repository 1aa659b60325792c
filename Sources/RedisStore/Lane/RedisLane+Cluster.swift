import LimitCore
internal import NIOCore

extension RedisLane {
    /// Sends a check to the master of its slot, or its parts to theirs.
    func startInCluster(_ ask: Ask, _ batch: CheckBatch) {
        var slots: [Int] = []
        for charge in batch.charges[batch.priced[ask.check]] {
            slots.append(keys.slot(of: charge.counter, in: batch.questions.text))
        }
        var ask = ask
        ask.slot = slots[0]
        if slots.allSatisfy({ $0 == slots[0] }) { route(ask) } else { split(ask, batch, slots: slots) }
    }

    /// Queues a check at the node that serves its slot.
    func route(_ ask: Ask) {
        guard let node = cluster?.node(for: ask.slot) else {
            giveUp(ask)
            return
        }
        node.add(ask, now: clock())
    }

    func learned(_ reply: borrowing Reply, from address: RedisAddress) {
        cluster?.learned(reply, from: address)
    }

    /// Asks again where an error of a Cluster's node says so; false where it is no such error. All of them prove
    /// that the script did not run, or ended before it wrote.
    func follow(_ call: RedisNode.Call, _ error: String, from node: RedisNode, _ now: Microseconds) -> Bool {
        guard let cluster else { return false }
        if error.contains("non local key") || error.hasPrefix("READONLY") {
            // A slot is on the move, or the node is no master any more. With its keys declared each slot's checks are
            // told where to go.
            cluster.ask()
            again(call) { $0.isAlone = true }
            return true
        }
        switch error.prefix(while: { $0 != " " }) {
        case "MOVED":
            guard let redirection = Redirection(error, asked: node.address) else { return false }
            cluster.moved(redirection)
            again(call) { $0.isAsking = false }
            return true
        case "ASK":
            guard let redirection = Redirection(error, asked: node.address) else { return false }
            let target = cluster.target(of: redirection)
            for ask in call.asks {
                var ask = ask
                ask.redirects += 1
                ask.isAlone = true
                ask.isAsking = true
                if ask.redirects > ClusterRoutes.mostRedirects { giveUp(ask) } else { target.add(ask, now: now) }
            }
            return true
        case "TRYAGAIN", "CLUSTERDOWN":
            cluster.ask()
            node.retry(call.asks, now)
            return true
        default: return false
        }
    }

    /// Takes note of a redirection; false where an error is none.
    func redirected(_ error: String) -> Bool {
        guard let cluster, error.hasPrefix("MOVED"), let redirection = Redirection(error, asked: nil) else {
            return false
        }
        cluster.moved(redirection)
        return cluster.node(at: redirection.address).link?.isReady == true
    }

    private func again(_ call: RedisNode.Call, _ change: (inout Ask) -> Void) {
        for ask in call.asks {
            var ask = ask
            change(&ask)
            ask.redirects += 1
            if ask.redirects > ClusterRoutes.mostRedirects { giveUp(ask) } else { route(ask) }
        }
    }
}
