import Foundation
import LimitCore
import Testing

extension SystemTests {
    /// A policy file that changes under load.
    @Suite struct ReloadTests {
        private static func policy(_ limit: Int) -> String {
            """
            routes:
              - name: steady
                route: /steady
                limits: [ \(limit) per hour ]
            """
        }

        @Test func `a reload fails no call, a broken file keeps the policy and shows the problem`() async throws {
            let fleet = try await Fleet(Fleet.Settings(daemons: 1, policy: Self.policy(1_000_000)))
            let daemon = fleet.daemons[0]
            var seen = [try daemon.status().policy.fingerprint]
            let load = SteadyLoad(SteadyLoad.Plan(daemons: [daemon]))
            defer { _ = load.finish() }
            // Twice by the file's change alone, then by the signal.
            for (limit, signal) in [(1_000_001, false), (1_000_002, false), (1_000_003, true)] {
                try fleet.scratch.write(Self.policy(limit), to: "policy.yaml")
                if signal { daemon.child.signal(SIGHUP) }
                let newest = seen[seen.count - 1]
                seen.append(
                    try await eventually("the changed policy is in force", within: .seconds(3)) {
                        let fingerprint = try daemon.status().policy.fingerprint
                        return fingerprint == newest ? nil : fingerprint
                    }
                )
                try await until("answers by the changed policy") { load.soFar.last?.fingerprint == seen.last }
            }
            try await expectRefusal(daemon, fleet, kept: seen[seen.count - 1])
            let calls = load.finish()
            #expect(calls.allSatisfy { $0.response?.verdict == .allowed })
            let fingerprints = calls.compactMap(\.fingerprint)
            #expect(Set(fingerprints) == Set(seen))
            #expect(Set(seen).count == 4)
        }

        @Test func `an operator's reload acts before it is answered, or says what is wrong`() async throws {
            let scratch = try Scratch()
            let file = try scratch.write(Self.policy(1), to: "policy.yaml")
            let daemon = try await DaemonProcess(["--policy", file], environment: [:], in: try scratch.child("daemon"))
            let before = try daemon.status().policy.fingerprint
            try scratch.write(Self.policy(2), to: "policy.yaml")
            let loaded = try daemon.http.post("/v1/admin/reload", "")
            let after = try daemon.status().policy.fingerprint
            #expect(loaded.status == 200 && loaded.body == "{\"policy\":\"\(after)\"}\n" && after != before)
            try scratch.write("routes: 7", to: "policy.yaml")
            let refused = try daemon.http.post("/v1/admin/reload", "")
            #expect(refused.status == 422 && refused.body.contains("routes"), "\(refused.body)")
            #expect(try daemon.status().policy.fingerprint == after)
            let bare = try await DaemonProcess([], environment: [:], in: try scratch.child("bare"))
            #expect(try bare.http.post("/v1/admin/reload", "").status == 409)
        }

        private func expectRefusal(_ daemon: DaemonProcess, _ fleet: Fleet, kept: String) async throws {
            try fleet.scratch.write(
                "routes: [ { name: steady, route: /steady, limits: [ 0 per never ] } ]",
                to: "policy.yaml"
            )
            daemon.child.signal(SIGHUP)
            let problem = try await eventually("the problem is shown") { try daemon.status().policy.reload_problem }
            #expect(problem.contains("policy.yaml:1:") && problem.contains("never"), "\(problem)")
            #expect(try daemon.status().policy.fingerprint == kept)
            #expect(try daemon.http.get("/readyz").status == 200)
        }
    }
}

extension SteadyLoad.Call {
    /// Of the policy that decided, as `/status` writes it.
    fileprivate var fingerprint: String? {
        response.map { response in
            let digits = String(response.policy, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }
}
