import Foundation
import LimitCore
import NIOCore
import NIOPosix
import RedisStore
import Testing

/// What a decision costs, beside a plain script under redis-benchmark in the same run. Only on demand and built for
/// release:
/// `HEADGATE_SPEED=1 swift test -c release -Xswiftc -enable-testing --filter SpeedTests`
@Suite(.enabled(if: ProcessInfo.processInfo.environment["HEADGATE_SPEED"] != nil), .serialized)
struct SpeedTests {
    static let gcra = """
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        local emission, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local tat = tonumber(redis.call('GET', KEYS[1]) or now)
        if tat < now then tat = now end
        local new = tat + emission * cost
        local allow_at = new - emission * burst
        if allow_at > now then return {0, 0, allow_at - now, tat - now} end
        redis.call('SET', KEYS[1], string.format('%.0f', new), 'PX', math.ceil((new - now) / 1000))
        return {1, math.floor((now - allow_at) / emission), 0, new - now}
        """

    @Test func `a decision beside a plain script`() async throws {
        let server = try RedisServer()
        let redis = try server.connect()
        let pid = try processID(redis)
        let sha = try redis.ask(["SCRIPT", "LOAD", Self.gcra]).text(0)!
        for (name, depth, clients, count) in [("-P 64 -c 50", 64, 50, 400_000), ("-c 32", 1, 32, 300_000)] {
            for warm in [true, false] {
                let before = cpu(pid)
                let text = try benchmark(server.port, sha, depth, clients, count)
                if !warm { report("reference \(name)", cpu(pid) - before, count, text) }
            }
        }
        for algorithm in [Algorithm.tokenBucket, .slidingWindow, .fixedWindow] {
            try redis.command("FLUSHALL")
            try await lane(server, pid, "\(algorithm.name) 64 deep, distinct", algorithm, depth: 64, clients: 100_000)
            try await lane(server, pid, "\(algorithm.name) 32 unpipelined", algorithm, depth: 32, clients: 100_000)
            try await lane(server, pid, "\(algorithm.name) 64 deep, one client", algorithm, depth: 64, clients: 1)
            try await lane(server, pid, "\(algorithm.name) idle, one at a time", algorithm, depth: 1, clients: 1)
        }
    }

    private func lane(
        _ server: RedisServer,
        _ pid: Int,
        _ name: String,
        _ algorithm: Algorithm,
        depth: Int,
        clients: Int
    ) async throws {
        try await withDaemon("redis://127.0.0.1:\(server.port)", { $0.budget = 1_000_000 }) { daemon in
            let count = depth == 1 ? 20_000 : 400_000
            let limit = Limit(algorithm, count: 1_000_000, window: 60_000_000)
            _ = try await daemon.load(limit, depth: depth, clients: clients, count: max(clients, 1000))
            let redisBefore = cpu(pid)
            let ownBefore = cpu(Int(getpid()))
            let calls = daemon.store.health.snapshot.calls
            let times = try await daemon.load(limit, depth: depth, clients: clients, count: count)
            let own = (cpu(Int(getpid())) - ownBefore) / Double(count) * 1e6
            let batch = count / max(1, daemon.store.health.snapshot.calls - calls)
            let sorted = times.sorted()
            let text =
                "daemon \(rounded(own)) us, \(batch) checks a call, p50 \(sorted[count / 2]) us p99 \(sorted[count * 99 / 100]) us"
            report(name, cpu(pid) - redisBefore, count, text)
        }
    }

    private func report(_ name: String, _ cpu: Double, _ count: Int, _ more: String) {
        print("SPEED \(name): Redis \(rounded(cpu / Double(count) * 1e6)) us a decision; \(more)")
    }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private func benchmark(_ port: Int, _ sha: String, _ depth: Int, _ clients: Int, _ count: Int) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/redis-benchmark")
        process.arguments =
            ["-p", "\(port)", "-r", "100000", "-n", "\(count)", "-P", "\(depth)", "-c", "\(clients)"]
            + ["evalsha", sha, "1", "key:__rand_int__", "60", "1000000", "1"]
        process.standardOutput = pipe
        try Launcher.shared.run(process)
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        let at = lines.lastIndex { $0.contains("latency summary") } ?? lines.count - 1
        return lines[max(0, at - 1)...].joined(separator: " ").split(separator: " ").joined(separator: " ")
    }

    private func processID(_ redis: TestConnection) throws -> Int {
        let info = try redis.ask(["INFO", "server"]).text(0) ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") }!
        return Int(line.dropFirst(11))!
    }

    /// CPU seconds of all threads of a process so far.
    private func cpu(_ pid: Int) -> Double {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return tasks.reduce(0) { sum, task in
            let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/schedstat", encoding: .utf8)) ?? "0"
            return sum + (Double(text.split(separator: " ").first ?? "0") ?? 0) / 1e9
        }
    }
}

extension TestDaemon {
    /// Keeps `depth` checks waiting until `count` were answered; the time each took, in us.
    func load(_ limit: Limit, depth: Int, clients: Int, count: Int) async throws -> [Microseconds] {
        let promise = loop.makePromise(of: [Microseconds].self)
        loop.execute { self.start(Load(limit: limit, clients: clients, count: count, promise: promise), depth) }
        return try await promise.futureResult.get()
    }

    private func start(_ load: Load, _ depth: Int) {
        for _ in 0..<min(depth, load.count) { ask(load, CheckBatch()) }
    }

    private func ask(_ load: Load, _ batch: CheckBatch) {
        guard load.started < load.count else { return }
        load.started += 1
        batch.removeAll()
        load.fill(batch)
        let start = Self.now()
        batch.deadlines.append(start + 10_000_000)
        onLane {
            $0.decide(batch) { batch in
                load.times.append(Self.now() - start)
                if load.times.count == load.count { load.promise.succeed(load.times) }
                self.loop.assumeIsolated().execute { self.ask(load, batch) }
            }
        }
    }

    private final class Load {
        let limit: Limit
        let clients: Int
        let count: Int
        let promise: EventLoopPromise<[Microseconds]>
        var started = 0
        var times: [Microseconds] = []
        var random = Seeded(1)

        init(limit: Limit, clients: Int, count: Int, promise: EventLoopPromise<[Microseconds]>) {
            self.limit = limit
            self.clients = clients
            self.count = count
            self.promise = promise
            times.reserveCapacity(count)
        }

        func fill(_ batch: CheckBatch) {
            let client = "client-\(clients == 1 ? 7 : random.below(clients))"
            batch.question(client: client)
            let counter = Counter(
                name: batch.questions.append("predict/requests-per-minute".utf8.span),
                digest: NameDigest("predict/requests-per-minute".utf8.span),
                client: batch.questions.checks[0].client,
                scope: .empty
            )
            batch.charges.append(Charge(counter: counter, limit: limit, cost: 1))
            batch.priced.append(0..<1)
        }
    }
}
