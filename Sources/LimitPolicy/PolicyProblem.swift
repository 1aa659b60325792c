/// One thing that is wrong with a policy file.
package struct PolicyProblem: Sendable, Hashable {
    package var mark: Mark
    /// Where in the document: `routes[2].limits[0].rate`; empty for the file itself.
    package var path: String
    package var message: String

    package init(mark: Mark, path: String, message: String) {
        self.mark = mark
        self.path = path
        self.message = message
    }

    package var line: Int { mark.line }
    package var column: Int { mark.column }
}

extension PolicyProblem: CustomStringConvertible {
    package var description: String {
        path.isEmpty ? "\(line):\(column): \(message)" : "\(line):\(column): \(path): \(message)"
    }
}

/// Why a policy file was refused: everything that is wrong with it, in the order of the file.
package struct PolicyErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the file is called in messages.
    package var name: String
    /// At least one.
    package var problems: [PolicyProblem]
    /// Problems beyond those that are listed.
    package var unlisted: Int

    /// One line a problem: `policy.yaml:12:7: routes[2].limits[0].rate: ...`.
    package var description: String {
        var lines = problems.map { "\(name):\($0)" }
        if unlisted > 0 { lines.append("\(name): and \(unlisted) more problems") }
        return lines.joined(separator: "\n")
    }
}
