import DecisionService
import LimitCore
package import LimitPolicy

/// Replays a log of calls against policies, in the time of the log and in bounded memory.
package final class Replay {
    /// What is known while it runs.
    package struct Progress: Sendable {
        package var calls: Int
        package var bytes: Int

        package init(calls: Int, bytes: Int) {
            self.calls = calls
            self.bytes = bytes
        }
    }

    package struct Settings: Sendable {
        /// Lines that are no call are counted, not an end.
        package var skipsBadLines = false
        package var names = LogNames()
        /// Counters at most, for each policy.
        package var maxKeys = 2_000_000
        /// Names of clients, and of routes, that are told apart at most.
        package var mostNames = 500_000

        package init() {}
    }

    /// Steps back of the log's clock that are worth telling: lines are often written when a call ends.
    static let smallStepBack: Microseconds = 60_000_000
    private static let batch = 256
    private static let callsBetweenProgress = 50_000

    private let settings: Settings
    private let clock = DrivenClock(now: 0)
    private let gates: [(gate: DrivenGate, tally: ReplayTally)]
    private var clients: NameTable
    private var routes: NameTable
    private var hours = HourTable()
    private var pending = 0
    private var facts = ReplayReport.Facts()

    /// Each policy has counters of its own.
    package init(_ policies: [Policy], settings: Settings = Settings()) {
        self.settings = settings
        clients = NameTable(mostNames: settings.mostNames)
        routes = NameTable(mostNames: settings.mostNames)
        gates = policies.map { [clock] in
            (DrivenGate($0, clock: clock, maxKeys: settings.maxKeys), ReplayTally())
        }
    }

    /// Reads the log to its end. `progress` is called now and then.
    package func run(
        _ source: @escaping LogSource,
        progress: (Progress) -> Void = { _ in }
    ) throws(LogProblem) -> ReplayReport {
        let buffer = LogBuffer(source)
        let log = try RequestLogs.open(buffer, settings.names)
        var nextProgress = Self.callsBetweenProgress
        while true {
            do throws(LogProblem) {
                guard let time = try log.next() else { break }
                try ask(log, at: time)
            } catch {
                guard settings.skipsBadLines, error.isOfOneLine else { throw error }
                facts.badLines += 1
                if facts.firstBadLine == nil { facts.firstBadLine = error.description }
            }
            if facts.calls >= nextProgress {
                nextProgress += Self.callsBetweenProgress
                progress(Progress(calls: facts.calls, bytes: buffer.total))
            }
        }
        flush()
        facts.unusedNames = log.unusedNames
        return report()
    }

    private func ask(_ log: any RequestLog, at time: Microseconds) throws(LogProblem) {
        if time != clock.now || pending == Self.batch { flush() }
        for (position, entry) in gates.enumerated() {
            do throws(InvalidField) {
                try log.append(to: &entry.gate.lane.questions)
            } catch {
                // What one gate refuses all refuse, so none of them has the call.
                assert(position == 0)
                throw LogProblem(line: log.line, error.description, isOfOneLine: true)
            }
            if position == 0 { note(time, entry.gate.lane.questions) }
            entry.gate.lane.ask(entry.tally, ticket: UInt64(pending))
        }
        pending += 1
    }

    /// Notes whose call it is, under which its answers are counted.
    private func note(_ time: Microseconds, _ questions: borrowing Questions) {
        let check = questions.checks[questions.checks.count - 1]
        let text = questions.text
        let call = ReplayTally.Call(
            client: clients.number(of: text.span.extracting(check.client.indices)),
            route: routes.number(of: text.span.extracting(check.route.indices)),
            hour: hours.number(of: time)
        )
        for entry in gates { entry.tally.calls.append(call) }
        facts.count(time, stepBack: clock.now - time)
        clock.now = time
    }

    private func flush() {
        for entry in gates {
            entry.gate.lane.flush()
            entry.tally.calls.removeAll(keepingCapacity: true)
        }
        pending = 0
    }

    private func report() -> ReplayReport {
        ReplayReport(
            facts: facts,
            policies: gates.map { ReplayReport.PolicyTotals($0.gate, $0.tally) },
            clients: ReplayReport.rows(gates.map(\.tally.clients), clients),
            routes: ReplayReport.rows(gates.map(\.tally.routes), routes),
            hours: ReplayReport.rows(gates.map(\.tally.hours), hours)
        )
    }
}
