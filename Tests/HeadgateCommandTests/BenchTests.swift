import FakeDaemon
import HeadgateClient
import Histogram
import LimitCore
import Testing
import WireProtocol

@testable import headgate

@Suite(.timeLimit(.minutes(1)))
struct BenchTests {
    private func plan(_ port: Int) -> BenchPlan {
        var plan = BenchPlan(address: ServerAddress(host: "127.0.0.1", port: port))
        plan.clients = 1000
        plan.popularity = .uniform(clients: 1000)
        plan.warmUp = .zero
        plan.duration = .seconds(30)
        plan.callsPerThread = 2000
        return plan
    }

    @Test(arguments: [(1, 1, 1), (1, 64, 1), (8, 4, 2)])
    func `a bench counts every answer by its verdict`(_ row: (Int, Int, Int)) async throws {
        let daemon = try await FakeDaemon { frame, payload, peer in
            let client = CheckRequest(encoded: payload)?.client ?? ""
            let isEven = client.utf8.last.map { $0 % 2 == 0 } == true
            peer.answer(frame.call, CheckResponse(verdict: isEven ? .allowed : .limited))
        }
        var plan = plan(daemon.port)
        (plan.connections, plan.pipeline, plan.threads) = row
        let report = try await BenchRun(plan).run()
        #expect(report.tally.decisions >= 2000 * plan.threads)
        #expect(report.tally.verdicts[1] > 800 && report.tally.verdicts[2] > 800)
        #expect(report.tally.failed == 0 && report.closed == 0)
        #expect(report.tally.latencies.totalCount == UInt64(report.tally.decisions))
        await daemon.stop()
    }

    @Test func `failed calls are counted by their status`() async throws {
        let daemon = try await FakeDaemon { frame, payload, peer in
            if CheckRequest(encoded: payload)?.client.hasSuffix("0") == true {
                peer.fail(.check, frame.call, .resourceExhausted, "too many")
            } else {
                peer.answer(frame.call, CheckResponse(verdict: .allowed))
            }
        }
        let report = try await BenchRun(plan(daemon.port)).run()
        #expect(report.tally.failures[Int(StatusCode.resourceExhausted.rawValue)] > 50)
        #expect(report.text.contains("(resourceExhausted "))
        await daemon.stop()
    }

    @Test func `a farewell ends the bench when all calls are answered`() async throws {
        let daemon = try await FakeDaemon { frame, _, peer in
            peer.held.append((frame, []))
            if peer.held.count == 500 { peer.sayGoodbye() }
            peer.answer(frame.call, CheckResponse(verdict: .allowed))
        }
        var plan = plan(daemon.port)
        plan.callsPerThread = .max
        let report = try await BenchRun(plan).run()
        #expect(report.closed == 1 && (500...700).contains(report.tally.decisions))
        await daemon.stop()
    }

    @Test(arguments: [
        FakePeer.bytes(1 << 31, CheckResponse(verdict: .allowed)), [UInt8](repeating: 0xFF, count: 12),
        FakePeer.bytes(0, CheckResponse(verdict: .allowed)),
    ])
    func `an answer to no call ends the bench with an error`(_ garbage: [UInt8]) async throws {
        let daemon = try await FakeDaemon { _, _, peer in peer.send(garbage) }
        let plan = plan(daemon.port)
        await #expect(throws: BenchFailure.self) { try await BenchRun(plan).run() }
        await daemon.stop()
    }

    @Test func `the echo server carries a calibration`() async throws {
        var plan = plan(1)
        plan.callsPerThread = 100_000
        plan.pipeline = 64
        plan.popularity = .zipf(Zipf(count: 1000, exponent: 1))
        let report = try await Calibration(plan).run()
        #expect(report.tally.verdicts[1] >= 100_000 && report.tally.failed == 0)
        #expect(report.json.hasPrefix("{") && report.json.hasSuffix("}\n"))
    }

    @Test func `a frame differs from the next in its call and its client alone`() throws {
        let template = try CheckTemplate(route: "/bench", limits: ["10/minute"], allLimits: true, clients: 100_000)
        for (call, client, name) in [
            (1, 0, "bench-00000"), (0xDEAD_BEEF, 99_999, "bench-99999"), (7, 420, "bench-00420"),
        ] {
            var bytes = [UInt8](repeating: 0, count: template.count)
            bytes.withUnsafeMutableBufferPointer {
                template.write(call: UInt32(call), client: client, to: $0.baseAddress!)
            }
            guard case .frame(let frame, let payload) = FrameReader.next(in: bytes.span) else {
                Issue.record("no frame")
                return
            }
            #expect(frame.call == UInt32(call) && payload.upperBound == bytes.count)
            let request = CheckRequest(encoded: Array(bytes[payload]))
            #expect(request?.client == name && request?.route == "/bench" && request?.allLimits == true)
        }
    }

    @Test func `CPU time is read past a name with spaces and parentheses`() {
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 700 77 13 14 15"
        #expect(ProcessTime.ticks(in: stat) == 777)
        #expect(ProcessTime.ticks(in: "nonsense") == nil)
        #expect(ProcessTime.ticks(in: "1 (a) S 1") == nil)
    }
}
