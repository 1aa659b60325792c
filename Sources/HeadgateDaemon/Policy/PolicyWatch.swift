import DecisionService
import LimitPolicy
import Logging
import ServiceLifecycle
import Synchronization
import TransportSecurity
import UnixSignals

/// Puts the policy file into force again when it changes, or when SIGHUP asks for it.
///
/// A file that cannot be used changes nothing: the policy in force stays, and the problem is logged and shown in the
/// status until a good one comes.
final class PolicyWatch: Service {
    private let file: PolicyFile
    private let register: PolicyRegister
    private let logger: Logger
    private let problem = Mutex<String?>(nil)
    private let seen: Mutex<FileStamp?>

    init(_ file: PolicyFile, register: PolicyRegister, logger: Logger) {
        self.file = file
        self.register = register
        self.logger = logger
        seen = Mutex(file.stamp)
    }

    /// Why the last reload was refused, in one line; nil after one that was not.
    var reloadProblem: String? { problem.withLock { $0 } }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followSignals() }
            group.addTask { await self.followFile() }
            await group.waitForAll()
        }
    }

    private func followSignals() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            reload(because: "SIGHUP")
        }
    }

    private func followFile() async {
        for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() {
            let stamp = file.stamp
            let changed = seen.withLock { seen in
                defer { seen = stamp }
                return stamp != nil && stamp != seen
            }
            if changed { reload(because: "change") }
        }
    }

    func reload(because reason: String) {
        do {
            let policy = try file.load()
            problem.withLock { $0 = nil }
            register.replace(with: policy, now: Clocks.realtime() / 1_000_000)
            logger.notice(
                "policy loaded",
                metadata: [
                    "policy.fingerprint": "\(Fingerprint(policy.fingerprint))",
                    "policy.rules": "\(policy.rules.count)",
                    "policy.reason": "\(reason)",
                ]
            )
        } catch {
            problem.withLock { $0 = "\(error)" }
            logger.warning("policy refused, the one in force stays", metadata: ["policy.problem": "\(error)"])
        }
    }
}
