import LimitCore
import LimitPolicy

extension CaseDecoder {
    private static let timeKeys = ["at", "repeat", "every", "expect"]
    /// What makes a step another one than a check, and what else it may hold.
    private static let kinds: [(name: String, keys: [String])] = [
        ("settle", timeKeys + ["usage"]), ("cancel", timeKeys), ("renew", timeKeys + ["usage"]), ("replicas", ["at"]),
    ]
    private static let stepKeys = callKeys + ["as"] + timeKeys + kinds.map(\.name)

    mutating func decodeStep(_ place: Located, _ scene: inout CaseScene) -> TrialStep? {
        guard let fields = fields(place, Self.stepKeys) else { return nil }
        let kind = Self.kinds.first { fields[$0.name] != nil }
        if let kind {
            for key in Self.stepKeys where key != kind.name && !kind.keys.contains(key) {
                if let place = fields[key] { problem(place, "has no place beside \(kind.name):") }
            }
        }
        if let place = fields["at"] { decodeTime(place, &scene) }
        let (at, (count, every)) = (scene.clock, kind?.name == "replicas" ? (1, 0) : decodeRepeat(fields))
        scene.clock = Amount.sum(scene.clock, every * Int64(count - 1))
        guard let action = decodeAction(fields, kind?.name, of: count, &scene) else { return nil }
        return TrialStep(mark: place.mark, at: at, count: count, every: every, action: action)
    }

    private mutating func decodeAction(
        _ fields: Fields,
        _ kind: String?,
        of count: Int,
        _ scene: inout CaseScene
    ) -> TrialAction? {
        guard let kind else { return decodeCheck(fields, of: count, &scene).map { .check($0) } }
        if let kind = TrialLeaseCall.Kind(rawValue: kind) {
            return decodeLeaseCall(fields, kind, scene).map { .lease($0) }
        }
        return fields[kind].flatMap { decodeReplicas($0) }.map { .replicas($0) }
    }

    private mutating func decodeCheck(_ fields: Fields, of count: Int, _ scene: inout CaseScene) -> TrialCheck? {
        let request = decodeCall(fields, over: scene.common)
        check(request, at: fields.place)
        let name = fields["as"].flatMap { decodeLeaseName($0, &scene) }
        guard let place = fields["expect"] else {
            problem(fields.place, "needs expect: such as allowed")
            return nil
        }
        guard let expected = decodeExpected(place, of: count) else { return nil }
        if let place = fields["as"] {
            if request.peek { problem(place, "is not for a peek, which is handed no lease") }
            if !expected.mayBeAllowed { problem(place, "is for a call that is to be allowed") }
        }
        return TrialCheck(request: request, expected: expected, leaseName: name)
    }

    private mutating func decodeRepeat(_ fields: Fields) -> (count: Int, every: Microseconds) {
        var (count, every): (Int, Microseconds) = (1, 0)
        if let place = fields["repeat"] { count = Int(wholeNumber(place, 1...Self.mostCalls) ?? 1) }
        if let place = fields["every"] {
            every = span(place) ?? 0
            if fields["repeat"] == nil { problem(place, "is for a step with repeat:") }
        }
        return (count, every)
    }

    /// A duration since the start, or an instant.
    private mutating func decodeTime(_ place: Located, _ scene: inout CaseScene) {
        guard let text = text(place) else { return }
        let time: Microseconds
        if let span = SpanText.parse(text) {
            time = span
        } else if let instant = Instant.parse(text) {
            guard instant >= scene.start else {
                problem(place, "is before the case's start, \(Instant.text(scene.start))")
                return
            }
            time = instant - scene.start
        } else {
            problem(place, "\"\(quoted(text))\" is no time: 30s, 1m30s or \(Self.defaultStart)")
            return
        }
        guard time >= scene.clock else {
            problem(place, "is before the step above it, whose last call is at \(SpanText.text(scene.clock))")
            return
        }
        scene.clock = time
    }

    /// The whole call must be one that a daemon would take.
    func callProblem(_ request: CheckRequest) -> String? {
        var questions = Questions()
        do throws(InvalidField) {
            _ = try questions.append(request)
            return nil
        } catch {
            return error.description
        }
    }

    private mutating func check(_ request: CheckRequest, at place: Located) {
        if let message = callProblem(request) { problem(place, message) }
    }
}

extension Expected {
    fileprivate var mayBeAllowed: Bool {
        switch self {
        case .each(let answer):
            (answer.verdict ?? .allowed) == .allowed && answer.reason == nil && answer.retryAfter == nil
        case .counts(let counts): counts[.allowed, default: 0] > 0
        }
    }
}
