/// The problems found so far.
///
/// A node that several aliases share is read once for each of them, and what is wrong with it is told once.
package struct ProblemList {
    /// How many are listed; more are only counted.
    static let longest = 10_000

    private var problems: [PolicyProblem] = []
    private var seen: Set<PolicyProblem> = []
    private var unlisted = 0

    package init() {}

    package var isEmpty: Bool { problems.isEmpty }

    package mutating func add(_ mark: Mark, _ path: PolicyPath, _ message: String) {
        guard problems.count < Self.longest else {
            unlisted += 1
            return
        }
        let place = PolicyProblem(mark: mark, path: "", message: message)
        if seen.insert(place).inserted {
            problems.append(PolicyProblem(mark: mark, path: path.description, message: message))
        }
    }

    /// The problems in the order of the file, or nil where there are none.
    package func errors(in name: String) -> PolicyErrors? {
        if problems.isEmpty { return nil }
        let sorted = problems.sorted { ($0.mark, $0.path, $0.message) < ($1.mark, $1.path, $1.message) }
        return PolicyErrors(name: name, problems: sorted, unlisted: unlisted)
    }
}
