import Foundation
import Testing

extension SystemTests {
    /// What several daemons and many processes admit together.
    @Suite struct CountTests {
        private struct Report: Decodable {
            struct Verdicts: Decodable {
                var allowed: Int
                var limited: Int
            }
            var verdicts: Verdicts
            var errors: [String: Int]
        }

        /// What 8 processes were told through two daemons on a store of their own.
        ///
        /// An answer without the store, on a machine so busy that it was late, is no word of the store: then again.
        private func totals(_ policy: String, clients: Int) async throws -> Report {
            for _ in 1...4 {
                let fleet = try await Fleet(Fleet.Settings(policy: policy))
                let sum = try await totals(fleet, processes: 8, clients: clients)
                if try fleet.daemons.allSatisfy({ try $0.status().degraded == 0 }) { return sum }
            }
            throw SystemFailure("the machine is too busy: degraded answers in each of four runs")
        }

        /// Runs benches at the same time, half of them through each daemon, and adds up what they were told.
        private func totals(_ fleet: Fleet, processes: Int, clients: Int) async throws -> Report {
            let benches = try (0..<processes).map { index in
                let port = fleet.daemons[index % fleet.daemons.count].port
                return try fleet.command([
                    "bench", "--address", "127.0.0.1:\(port)", "--connections", "1", "--pipeline", "4",
                    "--clients", "\(clients)", "--seed", "\(index + 1)", "--route", "/counted", "--warm-up", "0s",
                    "--duration", "0.5s", "--json",
                ])
            }
            var sum = Report(verdicts: Report.Verdicts(allowed: 0, limited: 0), errors: [:])
            for bench in benches {
                let code = try await bench.ended()
                #expect(code == 0, "\(bench.complained)")
                let report = try JSONDecoder().decode(Report.self, from: Data(bench.said.utf8))
                sum.verdicts.allowed += report.verdicts.allowed
                sum.verdicts.limited += report.verdicts.limited
                sum.errors.merge(report.errors) { $0 + $1 }
            }
            return sum
        }

        @Test(arguments: ["fixed-window", "sliding-window", "token-bucket", "sliding-log"])
        func `8 processes through two daemons are admitted exactly the limit of 500`(_ algorithm: String) async throws {
            // A bucket of 500 that refills one token in 36 seconds would be a test of luck: this one takes 5 days.
            let rate = algorithm == "token-bucket" ? "{ rate: 1 per 5 days, burst: 500 }" : "{ rate: 500 per day }"
            let sum = try await totals(
                """
                routes:
                  - name: counted
                    route: /counted
                    algorithm: \(algorithm)
                    limits: [ \(rate) ]
                """,
                clients: 1
            )
            #expect(sum.verdicts.allowed == 500)
            #expect(sum.verdicts.limited > 0 && sum.errors.isEmpty)
        }

        @Test func `4 clients of 300 each are together admitted exactly the fleet limit of 700`() async throws {
            let sum = try await totals(
                """
                routes:
                  - name: counted
                    route: /counted
                    limits:
                      - { name: each, rate: 300 per day }
                      - { name: fleet, rate: 700 per day, per: [] }
                """,
                clients: 4
            )
            #expect(sum.verdicts.allowed == 700)
            #expect(sum.verdicts.limited > 0 && sum.errors.isEmpty)
        }
    }
}
