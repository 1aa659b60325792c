import Foundation
import LimitCore
import Testing

extension SystemTests {
    /// Nothing that others can read shows a client's id, the store's password or the deployment's secret.
    @Suite struct SecretTests {
        private static let client = "api-key-9f27c61e04d8"
        private static let password = "store-password-7d10b5"
        private static let secrets = [client, password, Fleet.secret]

        private static let policy = """
            routes:
              - name: guarded
                route: /guarded
                limits: [ 20 per day ]
              - name: shut
                route: /shut
                require: { tier: premium }
            tiers: { free: {}, premium: {} }
            default-tier: free
            """

        /// Every key and every value, as the server itself tells them.
        private static let everything = """
            local all = {}
            for _, key in ipairs(redis.call('KEYS', '*')) do
                table.insert(all, key)
                local kind = redis.call('TYPE', key).ok
                if kind == 'string' then table.insert(all, redis.call('GET', key))
                elseif kind == 'hash' then table.insert(all, redis.call('HGETALL', key))
                elseif kind == 'zset' then table.insert(all, redis.call('ZRANGE', key, 0, -1))
                elseif kind == 'set' then table.insert(all, redis.call('SMEMBERS', key))
                else table.insert(all, 'a key of type ' .. kind) end
            end
            return all
            """

        @Test func `no secret is in keys, logs, pages, errors or command lines`() async throws {
            let fleet = try await Fleet(
                Fleet.Settings(policy: Self.policy, password: Self.password, arguments: ["--log-level", "trace"])
            )
            var shown: [(place: String, text: String)] = []
            for daemon in fleet.daemons { shown += try answers(of: daemon) }
            let stored = try fleet.redis.command("EVAL", Self.everything, "0")
            #expect(stored.contains("hg:") && !stored.contains("a key of type"), "\(stored)")
            shown.append(("the store", stored))
            try await upset(fleet)
            for (index, daemon) in fleet.daemons.enumerated() {
                shown.append(("the command line of daemon \(index)", daemon.child.commandLine))
                for path in ["/", "/status", "/readyz", "/healthz", "/\(Self.client.count)"] {
                    shown.append((path, try daemon.http.get(path).body))
                }
                #expect(try !daemon.status().top_clients.isEmpty)
                shown.append(("the log of daemon \(index)", daemon.child.complained + daemon.child.said))
            }
            shown += try await complaints(fleet)
            for (place, text) in shown {
                for secret in Self.secrets {
                    #expect(!text.contains(secret), "\(place) shows \(secret)")
                }
            }
        }

        /// Answers of every kind, decisions and errors, over both ports.
        private func answers(of daemon: DaemonProcess) throws -> [(String, String)] {
            let connection = try WireConnection(port: daemon.port)
            var shown: [(String, String)] = []
            for _ in 0..<40 {
                let answer = try connection.check(CheckRequest(client: Self.client, route: "/guarded"))
                shown.append(("an answer", "\(answer)"))
            }
            var wrong = CheckRequest(client: Self.client, route: "/guarded")
            wrong.limits = [CheckRequest.InlineLimit(rate: "10 per fortnight")]
            var unknown = CheckRequest(client: Self.client, route: "/shut")
            unknown.tier = "nobody"
            let long = CheckRequest(client: String(repeating: Self.client, count: 40), route: "/guarded")
            for request in [wrong, unknown, long] {
                let answer = try connection.check(request)
                shown.append(("an answer", "\(answer)"))
            }
            let check = #"{"client":"\#(Self.client)","route":"/guarded"}"#
            let bodies = [
                check, check.dropLast() + #","limits":[{"rate":"x"}]}"#, check.dropLast() + #","client":1}"#,
                check.dropLast() + #","unknown":true}"#, check.dropLast() + "", #"["\#(Self.client)"]"#,
            ]
            for body in bodies {
                for path in ["/v1/check", "/v1/inspect", "/v1/check-many"] {
                    let answer = try daemon.http.post(path, String(body))
                    shown.append(("POST \(path) \(body.count)", answer.head + answer.body))
                }
            }
            return shown
        }

        /// Everything that makes a daemon speak of its store: a password that is no longer right, and an outage.
        private func upset(_ fleet: Fleet) async throws {
            _ = try fleet.redis.pipeline([
                ["CONFIG", "SET", "requirepass", "another"], ["CLIENT", "KILL", "TYPE", "normal"],
            ])
            for daemon in fleet.daemons {
                let connection = try WireConnection(port: daemon.port)
                try await until("the store refuses the daemon") {
                    _ = try connection.check(CheckRequest(client: Self.client, route: "/guarded"))
                    return daemon.child.complained.contains("store out")
                }
            }
            try await fleet.redis.restart()
            for daemon in fleet.daemons {
                let connection = try WireConnection(port: daemon.port)
                try await until("the store is back") {
                    _ = try connection.check(CheckRequest(client: Self.client, route: "/guarded"))
                    return daemon.child.complained.contains("store back")
                }
            }
        }

        /// What commands complain of whose store, or whose daemon, is not as they hope.
        private func complaints(_ fleet: Fleet) async throws -> [(String, String)] {
            let policy = fleet.scratch.file("policy.yaml")
            var shown: [(String, String)] = []
            let wrong = ["redis://:\(Self.password)@127.0.0.1:no-port", "redis://:\(Self.password)@127.0.0.1:1/x"]
            for store in wrong {
                let place = try fleet.scratch.child("wrong-\(shown.count)")
                for arguments in [
                    ["policy", "push", policy], ["serve", "--secret-file", fleet.scratch.file("secret")],
                ] {
                    let child = try Child(
                        DaemonProcess.executable,
                        arguments,
                        environment: ["HEADGATE_STORE": store],
                        directory: try place.child(arguments[0])
                    )
                    #expect(try await child.ended() != 0)
                    shown.append((arguments[0], child.said + child.complained))
                }
            }
            let check = try fleet.command(["check", Self.client, "/shut", "--address", "127.0.0.1:1"])
            #expect(try await check.ended() == 2)
            shown.append(("check", check.said + check.complained))
            return shown
        }
    }
}
