import Histogram
import LimitCore
import WireProtocol

/// What a bench found.
package struct BenchReport: Sendable {
    package var plan: BenchPlan
    package var tally = BenchTally()
    /// Of the longest thread.
    package var seconds: Double = 0
    /// CPU seconds of the bench itself.
    package var ownCPU: Double = 0
    /// CPU seconds of the server; nil where no process was named.
    package var serverCPU: Double?
    /// Connections that the daemon closed before the end.
    package var closed = 0

    init(plan: BenchPlan, results: [BenchWorker.Result]) {
        self.plan = plan
        for result in results {
            tally.add(result.tally)
            seconds = max(seconds, Double(result.elapsed) / 1e9)
            ownCPU += Double(result.ownCPU) / 1e9
            if let cpu = result.serverCPU { serverCPU = cpu / .seconds(1) }
            closed += result.closed
        }
    }

    package var decisionsPerSecond: Double { seconds > 0 ? Double(tally.decisions) / seconds : 0 }

    /// CPU microseconds a decision.
    private func perDecision(_ cpu: Double) -> Double {
        cpu * 1e6 / Double(max(tally.decisions + tally.failed, 1))
    }

    /// Percentile, its name in text, its name in JSON.
    private static let percentiles: [(Double, String, String)] = [
        (50, "p50", "p50_us"), (90, "p90", "p90_us"), (99, "p99", "p99_us"), (99.9, "p99.9", "p99_9_us"),
    ]

    private func microseconds(_ percentile: Double) -> Double {
        tally.decisions + tally.failed == 0 ? 0 : Double(tally.latencies.valueAtPercentile(percentile)) / 1000
    }

    private var slowestMicroseconds: Double {
        tally.decisions + tally.failed == 0 ? 0 : Double(tally.latencies.max) / 1000
    }

    private var verdicts: [(name: String, count: Int)] {
        let named = Verdict.allCases.map { (name: "\($0)", count: tally.verdicts[Int($0.rawValue)]) }
        let unnamed = tally.verdicts[0]
        return unnamed == 0 ? named : named + [(name: "none", count: unnamed)]
    }

    private var failures: [(name: String, count: Int)] {
        StatusCode.allCases.compactMap {
            let count = tally.failures[Int($0.rawValue)]
            return count == 0 ? nil : (name: "\($0)", count: count)
        }
    }
}

extension BenchReport {
    /// For people: a few lines.
    package var text: String {
        var lines = [
            "\(plan.summary), seed \(plan.seed)",
            "decisions  \(decisionsPerSecond.grouped)/s  (\(tally.decisions) in \(seconds.rounded(toPlaces: 2)) s)",
        ]
        let latency = BenchReport.percentiles.map { "\($0.1) \(microseconds($0.0).rounded(toPlaces: 1))" }
        lines.append(
            "latency    \(latency.joined(separator: "  "))  max \(slowestMicroseconds.rounded(toPlaces: 1)) us"
        )
        lines.append("verdicts   " + verdicts.map { "\($0.name) \($0.count)" }.joined(separator: "  "))
        let failed = failures.map { "\($0.name) \($0.count)" }.joined(separator: "  ")
        lines.append("errors     \(tally.failed)" + (failed.isEmpty ? "" : "  (\(failed))"))
        if closed > 0 { lines.append("closed     \(closed) connections were closed by the daemon") }
        if let serverCPU {
            lines.append("server     \(perDecision(serverCPU).rounded(toPlaces: 3)) us CPU a decision")
        }
        lines.append("bench      \(perDecision(ownCPU).rounded(toPlaces: 3)) us CPU a decision")
        return lines.joined(separator: "\n") + "\n"
    }

    /// For programs: one JSON object on one line.
    package var json: String {
        var fields = [
            "\"connections\":\(plan.connections)", "\"pipeline\":\(plan.pipeline)", "\"clients\":\(plan.clients)",
            "\"threads\":\(plan.threads)", "\"seed\":\(plan.seed)", "\"seconds\":\(seconds)",
            "\"decisions\":\(tally.decisions)", "\"decisions_per_second\":\(decisionsPerSecond.rounded(toPlaces: 1))",
        ]
        fields += BenchReport.percentiles.map { "\"\($0.2)\":\(microseconds($0.0))" }
        fields.append("\"max_us\":\(slowestMicroseconds)")
        fields.append("\"verdicts\":{" + verdicts.map { "\"\($0.name)\":\($0.count)" }.joined(separator: ",") + "}")
        fields.append("\"errors\":{" + failures.map { "\"\($0.name)\":\($0.count)" }.joined(separator: ",") + "}")
        fields.append("\"closed_connections\":\(closed)")
        if let serverCPU {
            fields.append("\"server_cpu_us_per_decision\":\(perDecision(serverCPU).rounded(toPlaces: 4))")
        }
        fields.append("\"bench_cpu_us_per_decision\":\(perDecision(ownCPU).rounded(toPlaces: 4))")
        return "{" + fields.joined(separator: ",") + "}\n"
    }
}

extension BenchPlan {
    fileprivate var summary: String {
        let called =
            switch popularity {
            case .uniform: "\(clients) clients, uniform"
            case .zipf(let zipf): "\(clients) clients, Zipf \(zipf.exponent)"
            }
        return
            "\(address): \(connections) x \(pipeline) in flight, \(threads) thread\(threads == 1 ? "" : "s"), \(called)"
    }
}
