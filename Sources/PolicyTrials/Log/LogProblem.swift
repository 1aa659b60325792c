/// What is wrong with a log, and in which line.
package struct LogProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1; 0 where it is the log as a whole.
    package var line: Int
    package var message: String
    /// The lines after this one can still be read.
    package var isOfOneLine: Bool

    package init(line: Int = 0, _ message: String, isOfOneLine: Bool = false) {
        self.line = line
        self.message = message
        self.isOfOneLine = isOfOneLine
    }

    package var description: String { line == 0 ? message : "\(line): \(message)" }
}
