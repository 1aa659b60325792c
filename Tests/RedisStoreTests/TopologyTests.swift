import Foundation
import LimitCore
import RedisStore
import Testing

@Suite(.serialized, .timeLimit(.minutes(4)))
struct SentinelTests {
    static let limit = Limit(.tokenBucket, count: 1_000_000, window: 60_000_000)

    @Test func `sentinels may have a password of their own`() async throws {
        let primary = try RedisServer(["--requirepass", "of-the-master"])
        _ = try primary.connect()
        let monitor = [
            "sentinel monitor main 127.0.0.1 \(primary.port) 1", "sentinel auth-pass main of-the-master",
            "requirepass of-the-sentinel",
        ]
        let sentinel = try RedisServer(config: monitor, sentinel: true)
        _ = try sentinel.connect()
        let url = "redis+sentinel://:of-the-master@127.0.0.1:\(sentinel.port)/main"
        try await withDaemon(url, { $0.sentinelPassword = "of-the-sentinel" }) { daemon in
            #expect(await daemon.decide([.one(1, Self.limit)]).results == [.admitted])
        }
        let stranger = try await TestDaemon(url, ready: false)
        try await eventually("it is told") {
            stranger.events.all.contains(.warning("A sentinel: the server refused a question (NOAUTH)"))
        }
        #expect(await stranger.decide([.one(1, Self.limit)]).results == [.unknown])
        await stranger.stop()
    }

    @Test func `a failover is followed`() async throws {
        let primary = try RedisServer(["--repl-diskless-sync-delay", "0"])
        let replica = try RedisServer(["--replicaof", "127.0.0.1 \(primary.port)"])
        let sentinels = try (0..<3).map { _ in
            try RedisServer(
                config: [
                    "sentinel monitor main 127.0.0.1 \(primary.port) 2", "sentinel down-after-milliseconds main 500",
                    "sentinel failover-timeout main 5000",
                ],
                sentinel: true
            )
        }
        try await eventually("the replica is in step") {
            try replica.connect().ask(["INFO", "replication"]).text(0)?.contains("master_link_status:up") == true
        }
        for sentinel in sentinels {
            try await eventually(within: 20, "the sentinels know each other") {
                let info = try sentinel.connect().ask(["INFO", "sentinel"]).text(0) ?? ""
                return info.contains("sentinels=3") && info.contains("slaves=1")
            }
        }
        let url = "redis+sentinel://" + sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",") + "/main"
        try await withDaemon(url) { daemon in
            #expect(await daemon.decide([.one(1, Self.limit)]).results == [.admitted])
            primary.stop()
            let start = TestDaemon.now()
            var worst: Microseconds = 0
            try await eventually(within: 20, "the new master decides") {
                let verdicts = await daemon.decide([.one(1, Self.limit)])
                worst = max(worst, verdicts.took)
                return verdicts.results == [.admitted]
            }
            print("SENTINEL outage \((TestDaemon.now() - start) / 1000) ms, slowest answer \(worst) us")
            #expect(worst < 100_000)
            #expect(daemon.events.all.contains(.connected(.host("127.0.0.1", port: replica.port))))
        }
        _ = sentinels
    }
}

@Suite(.serialized, .timeLimit(.minutes(4)))
struct ClusterTests {
    static let limit = Limit(.fixedWindow, count: 1_000_000, window: 3_600_000_000)

    @Test func `batches over all slots, checks over several, a resharding`() async throws {
        let servers = try await RedisCluster.start(replicas: 0)
        try await withDaemon(RedisCluster.url(Array(servers[..<1])), { $0.budget = 5_000_000 }) { daemon in
            let asks = (1..<200).map { Model.Ask.one($0 * 4 + 1, Self.limit) }
            #expect(await daemon.decide(asks).results.allSatisfy { $0 == .admitted })
            #expect(await daemon.decide(asks).outcomes.allSatisfy { $0.remaining == 999_998 })

            let few = Limit(.slidingWindow, count: 10, window: 3_600_000_000)
            let wide = Model.Ask(
                charges: [(901, few, 1, false), (905, few, 1, false), (909, few, 1, false)],
                peek: false
            )
            var admitted = 0
            for _ in 0..<15 where await daemon.decide([wide]).results == [.admitted] { admitted += 1 }
            #expect(admitted == 10)

            let nodes = try servers.map { try $0.connect().ask(["CLUSTER", "MYID"]).text(0) ?? "" }
            let from = nodes[0], to = nodes[1]
            let running = Task { [url = "127.0.0.1:\(servers[0].port)"] in
                try RedisCluster.cli([
                    "--cluster", "reshard", url, "--cluster-from", from, "--cluster-to", to, "--cluster-slots", "2000",
                    "--cluster-yes",
                ])
            }
            var rounds = 0
            var missed = 0
            let end = TestDaemon.now() + 4_000_000
            while TestDaemon.now() < end {
                let verdicts = await daemon.decide(asks)
                missed += verdicts.results.count { $0 != .admitted }
                rounds += 1
            }
            _ = try await running.value
            let last = await daemon.decide(asks)
            #expect(missed == 0)
            #expect(last.outcomes.allSatisfy { $0.remaining == Int64(999_997 - rounds) })
            print("CLUSTER resharding: \(rounds) rounds of \(asks.count), \(missed) not answered")
        }
        _ = servers
    }

    @Test func `a master that becomes a replica costs nobody an answer`() async throws {
        let servers = try await RedisCluster.start(replicas: 1)
        try await withDaemon(RedisCluster.url(servers), { $0.budget = 5_000_000 }) { daemon in
            let asks = (1..<100).map { Model.Ask.one($0 * 4 + 1, Self.limit) }
            try await eventually("the map is known") {
                await daemon.decide(asks.map { Model.Ask(charges: $0.charges, peek: true) }).results
                    .allSatisfy { $0 == .admitted }
            }
            let replicas = try servers.filter {
                try $0.connect().ask(["INFO", "replication"]).text(0)?.contains("role:slave") == true
            }
            var rounds: Int64 = 0
            for replica in replicas {
                #expect(try replica.connect().command("CLUSTER", "FAILOVER") == .text("OK"))
                try await eventually("it is the master") {
                    rounds += 1
                    #expect(await daemon.decide(asks).results.allSatisfy { $0 == .admitted })
                    return try replica.connect().ask(["INFO", "replication"]).text(0)?.contains("role:master") == true
                }
                rounds += 1
                #expect(await daemon.decide(asks).results.allSatisfy { $0 == .admitted })
            }
            let last = await daemon.decide(asks)
            #expect(last.outcomes.allSatisfy { $0.remaining == 999_999 - rounds })
            #expect(!daemon.events.all.contains(.unavailable))
        }
        _ = servers
    }

    @Test func `checks over several slots pass no limit and cost nothing where they are refused`() async throws {
        let servers = try await RedisCluster.start(replicas: 1)
        for algorithm in [Algorithm.fixedWindow, .slidingWindow, .tokenBucket, .slidingLog] {
            try await checkSeveralSlots(RedisCluster.url(servers), algorithm)
        }
        _ = servers
    }

    /// Two daemons, eight callers, and three limits of which now the one and now the other refuses.
    private func checkSeveralSlots(_ url: String, _ algorithm: Algorithm) async throws {
        let first = 1000 * (Int(algorithm.rawValue) + 1)
        let window: Microseconds = 24 * 3_600_000_000
        let fleet = (counter: first, limit: Limit(algorithm, count: 200, window: window))
        let clients = (1...4).map { (counter: first + $0 * 4, limit: Limit(algorithm, count: 60, window: window)) }
        func ask(_ client: Int) -> Model.Ask {
            let charges = [clients[client], fleet].map { ($0.counter, $0.limit, Int64(1), false) }
            return Model.Ask(charges: charges, peek: false)
        }
        try await withDaemon(url, { $0.budget = 5_000_000 }) { one in
            try await withDaemon(url, { $0.budget = 5_000_000 }) { two in
                for daemon in [one, two] {
                    try await eventually("the map is known") {
                        let peeks = (0..<4).map { Model.Ask(charges: ask($0).charges, peek: true) }
                        return await daemon.decide(peeks).results.allSatisfy { $0 == .admitted }
                    }
                }
                var admitted = await withTaskGroup(of: (Int, Int64).self) { group in
                    for caller in 0..<8 {
                        group.addTask {
                            var count: Int64 = 0
                            for _ in 0..<60 {
                                let results = await (caller % 2 == 0 ? one : two).decide([ask(caller / 2)]).results
                                #expect(results != [.unknown])
                                if results == [.admitted] { count += 1 }
                            }
                            return (caller / 2, count)
                        }
                    }
                    return await group.reduce(into: [Int64](repeating: 0, count: 4)) { $0[$1.0] += $1.1 }
                }
                try await eventually("everything is given back") {
                    let peeks = ([fleet] + clients).map { Model.Ask.one($0.counter, $0.limit, cost: 0, peek: true) }
                    let left = await one.decide(peeks)
                    let spent = zip([fleet] + clients, left.outcomes).map { $0.limit.capacity - $1.remaining }
                    // What is given back to a bucket is less where another's charge before it was given back since.
                    if algorithm == .tokenBucket {
                        return zip(spent, [admitted.reduce(0, +)] + admitted).allSatisfy { $0 >= $1 - 1 }
                    }
                    return spent == [admitted.reduce(0, +)] + admitted
                }
                #expect(one.store.health.snapshot.givenBack + two.store.health.snapshot.givenBack > 0)
                #expect(one.store.health.snapshot.lostGiveBacks + two.store.health.snapshot.lostGiveBacks == 0)
                // One after the other, whatever is left is to be had, to the last.
                for client in 0..<4 {
                    for _ in 0..<60 where await one.decide([ask(client)]).results == [.admitted] {
                        admitted[client] += 1
                    }
                }
                #expect(admitted.allSatisfy { $0 <= 60 })
                #expect(admitted.reduce(0, +) <= 200)
                if algorithm != .tokenBucket { #expect(admitted.reduce(0, +) == 200) }
            }
        }
    }

    @Test func `a failover is followed`() async throws {
        let servers = try await RedisCluster.start(replicas: 1)
        try await withDaemon(RedisCluster.url(servers)) { daemon in
            let asks = (1..<60).map { Model.Ask.one($0 * 4 + 1, Self.limit) }
            try await eventually("the map is known") {
                await daemon.decide(asks).results.allSatisfy { $0 == .admitted }
            }
            servers[0].stop()
            let start = TestDaemon.now()
            var worst: Microseconds = 0
            try await eventually(within: 20, "the new master decides") {
                let verdicts = await daemon.decide(asks)
                worst = max(worst, verdicts.took)
                return verdicts.results.allSatisfy { $0 == .admitted }
            }
            print("CLUSTER outage \((TestDaemon.now() - start) / 1000) ms, slowest answer \(worst) us")
            #expect(worst < 100_000)
        }
        _ = servers
    }
}
