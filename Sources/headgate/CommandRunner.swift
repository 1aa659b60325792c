import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// How a command ended: what it still has to say, and its exit code.
package struct CommandEnding: Sendable, Equatable {
    /// For standard output: help, a version.
    package var output = ""
    /// For standard error: one line, or a list.
    package var complaint = ""
    package var code: Int32 = 0

    /// Says it and ends the process.
    func exit() -> Never {
        print(output, terminator: "")
        fflush(nil)
        if !complaint.isEmpty {
            let line = Array("\(complaint)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
        }
        _exit(code)
    }
}

/// Parses and runs a command line, and maps what it throws to one line and an exit code.
///
/// ArgumentParser's own way prints the usage and exits 64; ours is one clear line and 2. A command that needs another
/// code throws ``CommandFailure``.
package enum CommandRunner {
    package static func run(_ arguments: [String]) async -> CommandEnding {
        do {
            var command = try Headgate.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return CommandEnding()
        } catch {
            return ending(of: error)
        }
    }

    package static func ending(of error: any Error) -> CommandEnding {
        if let failure = error as? CommandFailure {
            let complaint = failure.isList ? failure.message : oneLine(failure.message)
            return CommandEnding(complaint: complaint, code: failure.code)
        }
        if let code = error as? ExitCode { return CommandEnding(code: code.rawValue) }
        if Headgate.exitCode(for: error) == .success {
            return CommandEnding(output: Headgate.fullMessage(for: error) + "\n")
        }
        return CommandEnding(complaint: oneLine(Headgate.message(for: error)), code: CommandFailure.usual)
    }

    private static func oneLine(_ text: String) -> String {
        "headgate: " + text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
