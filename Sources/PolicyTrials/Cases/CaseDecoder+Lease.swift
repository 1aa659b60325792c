import LimitCore
import LimitPolicy

// Steps about what calls above were handed, and about the replicas that they are decided by.
extension CaseDecoder {
    private static let longestLeaseName = 64
    private static let replicaKeys = ["pool", "warming", "ready", "draining"]
    /// Of each state: as many as a daemon knows at most.
    private static let mostReplicas: Int64 = 4096

    /// What the leases of a check go by from here on.
    mutating func decodeLeaseName(_ place: Located, _ scene: inout CaseScene) -> String? {
        guard let name = name(place, atMost: Self.longestLeaseName) else { return nil }
        if let line = scene.leaseNames[name] {
            problem(place, "the name \"\(quoted(name))\" is taken by line \(line)")
        } else {
            scene.leaseNames[name] = place.mark.line
        }
        return name
    }

    mutating func decodeLeaseCall(
        _ fields: Fields,
        _ kind: TrialLeaseCall.Kind,
        _ scene: CaseScene
    ) -> TrialLeaseCall? {
        let name = fields[kind.rawValue].flatMap { text($0) }
        if let name, let place = fields[kind.rawValue], scene.leaseNames[name] == nil {
            let near = Suggestion.nearest(to: name, among: scene.leaseNames.keys.sorted())
            let hint = near.map { "; did you mean \(quoted($0))?" } ?? ""
            problem(place, "\"\(quoted(name))\" is no name that a step above gives with as:\(hint)")
        }
        let usage = fields["usage"].map { decodeUsed($0) } ?? []
        guard let place = fields["expect"] else {
            problem(fields.place, "needs expect: such as \(kind.outcomes[0].rawValue)")
            return nil
        }
        guard let word = choice(place, kind.outcomes.map(\.rawValue)), let name,
            let expected = LeaseOutcome(rawValue: word)
        else { return nil }
        return TrialLeaseCall(kind: kind, name: name, usage: usage, expected: expected)
    }

    /// What was used, under the bounds of a call's usage.
    private mutating func decodeUsed(_ place: Located) -> [UnitAmount] {
        guard let entries = entries(place, named: true) else { return [] }
        var request = CheckRequest(client: "?", route: "?")
        var used: [UnitAmount] = []
        for entry in entries {
            let amount = wholeNumber(entry.value, 0...Amount.max) ?? 0
            request.usage[entry.name] = UInt64(amount)
            used.append(UnitAmount(unit: entry.name, amount: amount))
        }
        if let message = callProblem(request) { problem(place, message) }
        return used
    }

    mutating func decodeReplicas(_ place: Located) -> TrialReplicas? {
        guard let fields = fields(place, Self.replicaKeys) else { return nil }
        guard let pool = fields["pool"] else {
            problem(place, "needs pool:")
            return nil
        }
        guard let name = text(pool) else { return nil }
        if let message = poolProblem(name) { problem(pool, message) }
        let states = Self.replicaKeys.dropFirst()
        if !states.contains(where: { fields[$0] != nil }) { problem(place, "needs warming:, ready: or draining:") }
        var replicas = TrialReplicas(pool: name)
        replicas.warming = count(fields["warming"])
        replicas.ready = count(fields["ready"])
        replicas.draining = count(fields["draining"])
        return replicas
    }

    private mutating func count(_ place: Located?) -> Int {
        place.flatMap { wholeNumber($0, 0...Self.mostReplicas) }.map { Int($0) } ?? 0
    }
}
