import Testing

/// A load around one fault, and what is asked of it: 6-reliability's promises as expectations.
struct FaultRecord {
    let calls: [SteadyLoad.Call]
    let starvation: StarvationMeter
    /// When the load was steady, when the fault began, when its cause was gone, when the load ended.
    let steady: ContinuousClock.Instant
    let began: ContinuousClock.Instant
    let ended: ContinuousClock.Instant
    let finished: ContinuousClock.Instant

    /// No answer takes longer; time in which the machine was starved does not count.
    static let budget = Duration.milliseconds(100)
    /// Answers are whole again, and as many as before, after so long.
    static let recovery = Duration.seconds(5)

    func latency(_ call: SteadyLoad.Call) -> Duration {
        call.answered - call.sent - starvation.starved(from: call.sent, to: call.answered)
    }

    private func calls(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> [SteadyLoad.Call] {
        calls.filter { $0.sent >= from && $0.sent < to }
    }

    /// The last answer that was not decided by the store, from the fault's end on.
    var outage: Duration {
        (calls.filter { !$0.isWhole && $0.sent >= began }.map(\.answered).max() ?? began) - ended
    }

    /// Answers of the store in one second, over windows of the same length before the fault and after the recovery.
    var rates: (before: Double, after: Double) {
        let window = min(began - steady, finished - restored)
        let seconds = window / .seconds(1)
        let before = calls(began - window, began).count { $0.isWhole }
        let after = calls(finished - window, finished).count { $0.isWhole }
        return (Double(before) / seconds, Double(after) / seconds)
    }

    private var restored: ContinuousClock.Instant { max(ended, ended + outage) }

    /// Of the answers in the window after the recovery, in percent.
    private var wholeShare: Double {
        let after = calls(restored, finished)
        return after.isEmpty ? 0 : Double(after.count { $0.isWhole }) / Double(after.count) * 100
    }

    func expectPromises(of fault: String) {
        let unanswered = calls.count { $0.outcome == nil }
        #expect(unanswered == 0, "\(fault): calls without an answer")
        let failed = calls.compactMap { if case .failure(let failure)? = $0.outcome { failure } else { nil } }
        #expect(failed.isEmpty, "\(fault): \(failed.first?.description ?? "")")
        let slowest = calls.map(latency).max() ?? .zero
        #expect(slowest <= Self.budget, "\(fault): the slowest answer")
        let before = calls(steady, began).count { !$0.isWhole && $0.answered < began }
        #expect(before == 0, "\(fault): degraded before it began")
        #expect(outage <= Self.recovery, "\(fault): degraded answers after its end")
        #expect(wholeShare >= 99, "\(fault): answers by the store after the recovery")
        print(summary(fault, slowest))
    }

    private func summary(_ fault: String, _ slowest: Duration) -> String {
        let raw = calls.map { $0.answered - $0.sent }.max() ?? .zero
        let degraded = calls.count { $0.isDegraded }
        let rates = rates
        return
            "fault \(fault): \(calls.count) calls, \(degraded) degraded, slowest \(slowest) (\(raw) with starvation), "
            + "outage after its end \(outage), rate \(rates.before)/s before, \(rates.after)/s after"
    }
}
