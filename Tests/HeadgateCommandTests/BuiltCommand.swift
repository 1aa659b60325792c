import Foundation

/// The command as it was built beside these tests, run as a process.
enum BuiltCommand {
    struct Ending: Sendable {
        var output: String
        var complaint: String
        var code: Int32

        var complaintLines: [Substring] { complaint.split(separator: "\n") }
    }

    private static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("headgate")

    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Ending {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        let (output, complaint) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = complaint
        async let code = ending(of: process)
        async let said = content(of: output)
        async let complained = content(of: complaint)
        return try await Ending(output: said, complaint: complained, code: code)
    }

    private static func ending(of process: sending Process) async throws -> Int32 {
        try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private static func content(of pipe: sending Pipe) async -> String {
        let handle = pipe.fileHandleForReading
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
            }
        }
    }
}
