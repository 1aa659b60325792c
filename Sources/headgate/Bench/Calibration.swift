import HeadgateClient
import NIOPosix

/// A bench of the bench: the same plan against an echo server in this process, for the generator's own ceiling.
struct Calibration {
    private let plan: BenchPlan

    init(_ plan: BenchPlan) {
        self.plan = plan
    }

    func run() async throws -> BenchReport {
        let server = try EchoServer()
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        var plan = plan
        plan.address = ServerAddress(host: "127.0.0.1", port: server.port)
        plan.serverProcess = nil
        let bench = BenchRun(plan)
        async let served: Void = pool.runIfActive { server.run() }
        let report: BenchReport
        do {
            report = try await bench.run()
        } catch {
            server.stop()
            try? await served
            try? await pool.shutdownGracefully()
            throw error
        }
        server.stop()
        try await served
        try await pool.shutdownGracefully()
        return report
    }
}
