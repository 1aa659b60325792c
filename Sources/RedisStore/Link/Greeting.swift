/// What a link says first and what it expects to hear: the right user, a server that is new enough, a master, and the
/// script loaded.
struct Greeting: Sendable {
    var user: String?
    var password: String?
    var database = 0
    /// Loads the script and asks for the role; a Sentinel is greeted without.
    var isStore = true
    var expectsCluster = false
    /// The script that decides.
    var script = DecisionScript.source

    var steps: [RedisLink.StateMachine.Step] {
        var steps: [RedisLink.StateMachine.Step] = []
        if password != nil { steps.append(.auth) }
        if database != 0 { steps.append(.select) }
        if isStore { steps += expectsCluster ? [.version, .memory, .script] : [.version, .role, .memory, .script] }
        return steps.isEmpty ? [.version] : steps
    }

    func command(_ step: RedisLink.StateMachine.Step) -> [String] {
        switch step {
        case .auth: ["AUTH"] + (user.map { [$0] } ?? []) + [password ?? ""]
        case .select: ["SELECT", String(database)]
        case .version: ["INFO", "server"]
        case .role: ["ROLE"]
        case .memory: ["INFO", "memory"]
        case .script: ["SCRIPT", "LOAD", script]
        }
    }

    /// What came of a step.
    enum Finding: Equatable {
        case fine
        case loaded(sha: String)
        case warning(String)
    }

    /// Judges the reply to a step. What a server says is never repeated whole: it may hold a user's name.
    func judge(_ step: RedisLink.StateMachine.Step, _ reply: borrowing Reply) throws(StoreError) -> Finding {
        if let text = reply.errorText { throw Self.refusal(step, text) }
        switch step {
        case .auth, .select: return .fine
        case .version: return try version(reply.text(0) ?? "")
        case .role:
            guard reply.text(1) == "master" else { throw StoreError(.unfit, "the server is not a master") }
            return .fine
        case .memory:
            let policy = Self.field("maxmemory_policy", in: reply.text(0) ?? "") ?? "noeviction"
            if policy == "noeviction" { return .fine }
            return .warning("Redis may evict counters: maxmemory-policy is \(policy), not noeviction")
        case .script:
            guard let sha = reply.text(0), sha.utf8.count == 40 else {
                throw StoreError(.protocolViolation, "the server took the script and gave no name for it")
            }
            return .loaded(sha: sha)
        }
    }

    private func version(_ info: String) throws(StoreError) -> Finding {
        let version = Self.field("redis_version", in: info) ?? ""
        guard let major = version.split(separator: ".").first.flatMap({ Int($0) }) else {
            throw StoreError(.unfit, "the server says no version that could be read")
        }
        guard major >= 7 else {
            throw StoreError(.tooOld, "the server is Redis \(version.prefix(16)); Headgate needs Redis 7 or Valkey")
        }
        let mode = Self.field("redis_mode", in: info) ?? Self.field("server_mode", in: info) ?? "standalone"
        if isStore, (mode == "cluster") != expectsCluster {
            let should = expectsCluster ? "no Cluster node; use redis://" : "a Cluster node; use redis+cluster://"
            throw StoreError(.unfit, "the server is \(should)")
        }
        return .fine
    }

    private static func refusal(_ step: RedisLink.StateMachine.Step, _ text: String) -> StoreError {
        let word = text.prefix { $0 != " " }.prefix(16)
        switch step {
        case .auth: return StoreError(.refused, "the server refused user or password (\(word))")
        case .select: return StoreError(.refused, "the server refused the database (\(word))")
        case .version, .role, .memory, .script:
            if word == "LOADING" || word == "MASTERDOWN" { return StoreError(.unfit, "the server answers \(word)") }
            let what = step == .script ? "SCRIPT LOAD" : "a question"
            return StoreError(.refused, "the server refused \(what) (\(word))")
        }
    }

    private static func field(_ name: String, in info: String) -> Substring? {
        for line in info.split(whereSeparator: \.isNewline) where line.hasPrefix(name + ":") {
            return line.dropFirst(name.count + 1)
        }
        return nil
    }
}
