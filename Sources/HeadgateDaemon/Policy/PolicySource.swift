import DecisionService
import LimitPolicy
import Logging

/// Where the policy comes from: a file that is watched, the store, or nowhere.
struct PolicySource: Sendable {
    let register: PolicyRegister
    /// Set where the policy is a file.
    let watch: PolicyWatch?
    /// Set where the policy lives in the store.
    let stored: StoredPolicy?

    /// Throws where a policy file cannot be used.
    init(_ settings: DaemonSettings, logger: Logger) throws {
        let now = Clocks.realtime() / 1_000_000
        guard let path = settings.policy, path != "store" else {
            let isStored = settings.policy != nil
            let kept = isStored ? StoredPolicy.kept(in: settings.stateDirectory) : nil
            register = PolicyRegister(try kept ?? Self.allowAll(), now: now, clock: Clocks.realtime)
            stored = isStored ? StoredPolicy(register, directory: settings.stateDirectory, logger: logger) : nil
            watch = nil
            return
        }
        let file = PolicyFile(path: path)
        register = PolicyRegister(try file.load(), now: now, clock: Clocks.realtime)
        watch = PolicyWatch(file, register: register, logger: logger)
        stored = nil
    }

    /// Reads the policy again and returns the fingerprint of the one in force then.
    func reload(by link: ControlLink?) async throws(AdminFailure) -> String {
        if let watch {
            watch.reload(because: "an operator")
        } else if let stored, let link {
            await stored.poll(link.control, on: link.loop)
        } else {
            throw .full("this daemon was started without a policy")
        }
        if let problem = reloadProblem() { throw .refused(problem) }
        return "\(Fingerprint(register.policy.fingerprint))"
    }

    /// Why the last reload was refused; nil after one that was not.
    var reloadProblem: @Sendable () -> String? {
        { [watch, stored] in watch?.reloadProblem ?? stored?.reloadProblem }
    }

    private static func allowAll() throws -> Policy {
        try Policy.load(Array("otherwise: allow".utf8), name: "no policy")
    }
}
