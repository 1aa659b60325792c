import HeadgateClient
import NIOPosix
import Synchronization

/// Runs a plan: opens the connections, gives each thread its share of them, and adds up what they counted.
package struct BenchRun: Sendable {
    private let plan: BenchPlan

    package init(_ plan: BenchPlan) {
        self.plan = plan
    }

    /// Runs to the end of the plan, or until the task is cancelled; then it reports what there is.
    package func run() async throws -> BenchReport {
        let template = try CheckTemplate(
            route: plan.route,
            limits: plan.limits,
            allLimits: plan.allLimits,
            clients: plan.clients
        )
        let pool = NIOThreadPool(numberOfThreads: plan.threads)
        pool.start()
        let results: [BenchWorker.Result]
        do {
            results = try await run(on: pool, template)
        } catch {
            try? await pool.shutdownGracefully()
            throw error
        }
        try await pool.shutdownGracefully()
        return BenchReport(plan: plan, results: results)
    }

    private func run(on pool: NIOThreadPool, _ template: CheckTemplate) async throws -> [BenchWorker.Result] {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: BenchWorker.Result.self) { group in
                for thread in 0..<plan.threads {
                    // A share of the connections each, the first threads one more where they do not go even.
                    let share = (plan.connections + plan.threads - 1 - thread) / plan.threads
                    group.addTask {
                        try await pool.runIfActive { try work(thread, share, template, stop) }
                    }
                }
                var results: [BenchWorker.Result] = []
                do {
                    for try await result in group { results.append(result) }
                } catch {
                    stop.flag.store(true, ordering: .relaxed)
                    throw error
                }
                return results
            }
        } onCancel: {
            stop.flag.store(true, ordering: .relaxed)
        }
    }

    private func work(
        _ thread: Int,
        _ share: Int,
        _ template: CheckTemplate,
        _ stop: StopFlag
    ) throws(BenchFailure) -> BenchWorker.Result {
        var plan = plan
        // One reading of the server is enough.
        if thread > 0 { plan.serverProcess = nil }
        var connections: [BenchConnection] = []
        for _ in 0..<share {
            let descriptor = try BenchSocket.open(plan.address, token: plan.token, tls: plan.tls)
            connections.append(BenchConnection(descriptor: descriptor, template: template, pipeline: plan.pipeline))
        }
        let worker = try BenchWorker(plan: plan, connections: connections, seed: plan.seed &+ UInt64(thread))
        return try worker.run(stop: stop.flag)
    }
}

/// Tells the threads of a bench to end.
private final class StopFlag: Sendable {
    let flag = Atomic<Bool>(false)
}
