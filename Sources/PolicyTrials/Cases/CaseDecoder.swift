import LimitCore
package import LimitPolicy

/// Reads a file of cases and gathers everything that is wrong with it on the way.
package struct CaseDecoder: DocumentDecoder {
    package var problems = ProblemList()
    private let names: AnswerNames
    private var cases: [TrialCase] = []

    static let mostCalls: Int64 = 1_000_000
    /// Midnight of a Monday, so that every window of the calendar begins with the case.
    static let defaultStart = "2026-01-05T00:00:00Z"
    static let callKeys = ["client", "route", "tier", "attributes", "usage", "limits", "peek"]
    private static let caseKeys = callKeys + ["name", "start", "steps"]

    /// Reads the cases for a policy. `name` is what the file is called in problems.
    package static func decode(
        _ bytes: [UInt8],
        name: String,
        for policy: Policy
    ) throws(PolicyErrors) -> [TrialCase] {
        var decoder = CaseDecoder(names: AnswerNames(policy))
        decoder.decode(decoder.root(of: bytes))
        if let errors = decoder.problems.errors(in: name) { throw errors }
        return decoder.cases
    }

    private init(names: AnswerNames) {
        self.names = names
    }

    private mutating func decode(_ root: YAMLNode?) {
        guard let root, !root.isNull else {
            if problems.isEmpty { problem(root?.mark ?? .start, .root, "has no cases") }
            return
        }
        guard let file = fields(Located(node: root, path: .root), ["start", "cases"]) else { return }
        let start = file["start"].flatMap { instant($0) } ?? Instant.parse(Self.defaultStart) ?? 0
        guard let place = file["cases"], let items = list(place), !items.isEmpty else {
            problem(file["cases"] ?? file.place, "has no cases")
            return
        }
        var lines: [[UInt8]: Int] = [:]
        for item in items {
            guard let found = decodeCase(item, start) else { continue }
            if let first = lines.updateValue(found.mark.line, forKey: Array(found.name.utf8)) {
                problem(item, "the name \"\(quoted(found.name))\" is taken by line \(first)")
            }
            cases.append(found)
        }
    }

    private mutating func decodeCase(_ place: Located, _ start: Microseconds) -> TrialCase? {
        guard let fields = fields(place, Self.caseKeys) else { return nil }
        let name = fields["name"].flatMap { self.name($0, atMost: 256) }
        if fields["name"] == nil { problem(place, "needs a name") }
        var found = TrialCase(name: name ?? "", mark: place.mark, start: start)
        if let place = fields["start"] { found.start = instant(place) ?? start }
        let common = decodeCall(fields, over: CheckRequest(client: "", route: ""))
        guard let steps = fields["steps"], let items = list(steps), !items.isEmpty else {
            problem(fields["steps"] ?? place, "needs steps")
            return nil
        }
        var scene = CaseScene(common: common, start: found.start)
        for item in items {
            guard let step = decodeStep(item, &scene) else { continue }
            found.steps.append(step)
        }
        return name == nil ? nil : found
    }

    mutating func instant(_ place: Located) -> Microseconds? {
        guard let text = text(place) else { return nil }
        if let instant = Instant.parse(text) { return instant }
        problem(place, "\"\(quoted(text))\" is no instant such as \(Self.defaultStart)")
        return nil
    }

    mutating func span(_ place: Located) -> Microseconds? {
        guard let text = text(place) else { return nil }
        if let span = SpanText.parse(text) { return span }
        problem(place, "\"\(quoted(text))\" is no duration: whole numbers with ms, s, m, h or d, such as 1m30s")
        return nil
    }

    func nameProblem(_ name: String, rule: Bool) -> String? {
        rule ? names.ruleProblem(name) : names.limitProblem(name)
    }

    func poolProblem(_ name: String) -> String? { names.poolProblem(name) }
}
