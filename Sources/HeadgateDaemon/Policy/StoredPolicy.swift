import DecisionService
import Foundation
import LimitPolicy
import Logging
import NIOCore
import RedisStore
import Synchronization

/// The policy that lives in the store: put there by `headgate policy push`, taken from there by every daemon.
///
/// The last good one is kept in the state directory, so that a daemon starts while the store is out.
final class StoredPolicy: Sendable {
    /// What the document is called in the store.
    static let document = "policy"
    private static let copy = "policy.yaml"

    private let register: PolicyRegister
    private let directory: String?
    private let logger: Logger
    private let version = Mutex<Int64>(-1)
    private let problem = Mutex<String?>(nil)

    init(_ register: PolicyRegister, directory: String?, logger: Logger) {
        self.register = register
        self.directory = directory
        self.logger = logger
    }

    /// Why the newest policy of the store was refused; nil after one that was not.
    var reloadProblem: String? { problem.withLock { $0 } }

    /// The last good policy of an earlier run, if one was kept.
    static func kept(in directory: String?) -> Policy? {
        guard let directory, let content = FileManager.default.contents(atPath: "\(directory)/\(copy)") else {
            return nil
        }
        return try? Policy.load([UInt8](content), name: "\(directory)/\(copy)")
    }

    /// Takes the policy from the store where it is another than the one known.
    func poll(_ control: NIOLoopBound<RedisControl>, on loop: any EventLoop) async {
        let known = version.withLock { $0 }
        let found = try? await loop.flatSubmit { control.value.read(Self.document, known: known) }.get()
        guard let found, found.version != known, found.version > 0, let content = found.content else { return }
        version.withLock { $0 = found.version }
        adopt(content, version: found.version)
    }

    private func adopt(_ content: [UInt8], version: Int64) {
        do throws(PolicyErrors) {
            let policy = try Policy.load(content, name: "the store's policy")
            register.replace(with: policy, now: Clocks.realtime() / 1_000_000)
            problem.withLock { $0 = nil }
            keep(content)
            logger.notice(
                "policy loaded",
                metadata: [
                    "policy.fingerprint": "\(Fingerprint(policy.fingerprint))",
                    "policy.rules": "\(policy.rules.count)",
                    "policy.version": "\(version)",
                ]
            )
        } catch {
            problem.withLock { $0 = error.description }
            logger.warning("policy refused, the one in force stays", metadata: ["policy.problem": "\(error)"])
        }
    }

    private func keep(_ content: [UInt8]) {
        guard let directory else { return }
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data(content).write(to: URL(fileURLWithPath: "\(directory)/\(Self.copy)"), options: .atomic)
        } catch {
            logger.warning("policy not kept", metadata: ["policy.problem": "\(error.localizedDescription)"])
        }
    }
}
