import Testing

/// A load around one fault, and what is asked of it: 6-reliability's promises as expectations.
struct FaultRecord {
    let calls: [SteadyLoad.Call]
    let starvation: StarvationMeter
    let times: Times

    struct Times {
        /// The load is steady.
        var steady = ContinuousClock.now
        /// The fault begins.
        var began = ContinuousClock.now
        /// Its cause is gone.
        var ended = ContinuousClock.now
        /// Answers are the store's again.
        var restored = ContinuousClock.now
        var finished = ContinuousClock.now
    }

    /// No answer takes longer; time in which the machine was starved does not count.
    static let budget = Duration.milliseconds(100)
    /// Answers are whole again, and as many as before, after so long.
    static let recovery = Duration.seconds(5)

    func latency(_ call: SteadyLoad.Call) -> Duration {
        call.answered - call.sent - call.starved - starvation.starved(from: call.sent, to: call.answered)
    }

    private func calls(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> [SteadyLoad.Call] {
        calls.filter { $0.sent >= from && $0.sent < to }
    }

    /// How long after the fault's end answers were not decided by the store.
    var outage: Duration {
        let late = calls.filter { !$0.isWhole && $0.answered > times.ended && $0.answered <= times.restored }
        return (late.map(\.answered).max() ?? times.ended) - times.ended
    }

    /// Answers of the store in a second, before the fault and after the recovery.
    var rates: (before: Double, after: Double) {
        func rate(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
            Double(calls(from, to).count { $0.isWhole }) / ((to - from) / .seconds(1))
        }
        return (rate(times.steady, times.began), rate(times.restored, times.finished))
    }

    /// Whether a call may have overrun the store's 25 ms for want of a processor.
    func isStarved(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Bool {
        let waited = calls(from, to).map { $0.starved + starvation.starved(from: $0.sent, to: $0.answered) }
        return (waited.max() ?? .zero) > .milliseconds(10)
    }

    /// Answers not by the store without a fault, in parts of all; 0 where the machine was starved and that is why.
    private func strays(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
        if isStarved(from, to) { return 0 }
        let window = calls(from, to).filter { $0.answered < to }
        return window.isEmpty ? 1 : Double(window.count { !$0.isWhole }) / Double(window.count)
    }

    func expectPromises(of fault: String) {
        let unanswered = calls.count { $0.outcome == nil }
        #expect(unanswered == 0, "\(fault): calls without an answer")
        let failed = calls.compactMap { if case .failure(let failure)? = $0.outcome { failure } else { nil } }
        #expect(failed.isEmpty, "\(fault): \(failed.first?.description ?? "")")
        let slowest = calls.map(latency).max() ?? .zero
        #expect(slowest <= Self.budget, "\(fault): the slowest answer")
        #expect(strays(times.steady, times.began) == 0, "\(fault): degraded before it began")
        #expect(times.restored - times.ended <= Self.recovery, "\(fault): until answers are the store's again")
        #expect(strays(times.restored, times.finished) <= 0.01, "\(fault): degraded after the recovery")
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
