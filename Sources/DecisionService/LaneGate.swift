package import LimitCore

/// The way onto a lane for those who are not on its thread: HTTP, the command line.
package struct LaneGate: Sendable {
    private let run: @Sendable (@escaping @Sendable (DecisionLane) -> Void) -> Void

    /// `run` executes its argument once on the lane's thread.
    package init(run: @escaping @Sendable (@escaping @Sendable (DecisionLane) -> Void) -> Void) {
        self.run = run
    }

    /// Has checks decided in one hop. `fill` adds them on the lane; what it throws is thrown here.
    ///
    /// The answers come in the order of the checks. With `asMany` they are one message: a broken one fails them all.
    package func decide(
        timeLeft: Microseconds? = nil,
        asMany: Bool = false,
        _ fill: @escaping @Sendable (inout Questions) throws -> Void
    ) async throws -> [Result<CheckResponse, CallFailure>] {
        try await withCheckedThrowingContinuation { continuation in
            run { lane in
                let first = lane.questions.checks.count
                do {
                    try fill(&lane.questions)
                } catch {
                    lane.questions.removeChecks(downTo: first)
                    continuation.resume(throwing: error)
                    return
                }
                let count = lane.questions.checks.count - first
                guard count > 0 else {
                    continuation.resume(returning: [])
                    return
                }
                let sink = GatheringSink(count) { continuation.resume(returning: $0) }
                if asMany {
                    lane.askMany(sink, count: count, timeLeft: timeLeft)
                } else {
                    for item in 0..<count { lane.ask(sink, ticket: UInt64(item), timeLeft: timeLeft) }
                }
                lane.flush()
            }
        }
    }

    /// Has one call carried out on the lane. `call` is to answer once; what it is answered with is returned.
    package func perform<Response: Sendable>(
        _ call: @escaping @Sendable (DecisionLane, @escaping (Result<Response, CallFailure>) -> Void) -> Void
    ) async throws -> Response {
        let result: Result<Response, CallFailure> = await withCheckedContinuation { continuation in
            run { lane in
                call(lane) { continuation.resume(returning: $0) }
                lane.flush()
            }
        }
        return try result.get()
    }

    /// What the lane has decided so far.
    package func tally() async -> LaneTally {
        await withCheckedContinuation { continuation in
            run { continuation.resume(returning: $0.tally) }
        }
    }
}

/// Collects the answers to several checks and hands them on when the last has come.
package final class GatheringSink: AnswerSink {
    private var answers: [Result<CheckResponse, CallFailure>]
    private var missing: Int
    private let done: ([Result<CheckResponse, CallFailure>]) -> Void

    /// `count` is at least 1; tickets are 0 to `count` - 1.
    package init(_ count: Int, done: @escaping ([Result<CheckResponse, CallFailure>]) -> Void) {
        answers = Array(repeating: .failure(.deadlineExceeded), count: count)
        missing = count
        self.done = done
    }

    package func answer(_ ticket: UInt64, _ response: CheckResponse) {
        answers[Int(ticket)] = .success(response)
        missing -= 1
    }

    package func fail(_ ticket: UInt64, _ failure: CallFailure) {
        answers[Int(ticket)] = .failure(failure)
        missing -= 1
    }

    package func flushAnswers() {
        if missing == 0 { done(answers) }
    }
}
