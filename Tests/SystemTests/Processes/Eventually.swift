/// Asks until there is an answer, for so long at most; then throws, naming what did not happen.
func eventually<Value>(
    _ what: String,
    within patience: Duration = .seconds(10),
    _ answer: () throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + patience
    while true {
        let isLast = ContinuousClock.now >= end
        if let value = try answer() { return value }
        if isLast { throw SystemFailure("not within \(patience): \(what)") }
        try await Task.sleep(for: .milliseconds(3))
    }
}

/// Waits until the condition holds.
func until(_ what: String, within patience: Duration = .seconds(10), _ condition: () throws -> Bool) async throws {
    _ = try await eventually(what, within: patience) { try condition() ? true : nil }
}
