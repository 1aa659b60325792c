import LimitCore

/// A batch that a lane is deciding, and whom to tell.
///
/// After its last reply the batch is the owner's again: nothing may touch it then, a late answer least of all.
final class Job {
    private let reply: (CheckBatch) -> Void
    private(set) var batch: CheckBatch?
    private(set) var pending: Int
    /// Results have come of which the owner was not told.
    private(set) var hasNews = false

    init(_ batch: CheckBatch, reply: @escaping (CheckBatch) -> Void) {
        self.batch = batch
        self.reply = reply
        pending = batch.priced.count
    }

    func isPending(_ check: Int) -> Bool { batch?.results[check] == .pending }

    /// Settles a check that is pending.
    func settle(_ check: Int, _ result: CheckResult, _ outcomes: ArraySlice<Outcome> = []) {
        guard let batch, batch.results[check] == .pending else { return }
        batch.results[check] = result
        if !outcomes.isEmpty {
            var target = batch.priced[check].lowerBound
            for outcome in outcomes {
                batch.outcomes[target] = outcome
                target += 1
            }
        }
        pending -= 1
        hasNews = true
    }

    /// Tells the owner what is new.
    func tell() {
        guard hasNews, let batch else { return }
        hasNews = false
        if pending == 0 { self.batch = nil }
        reply(batch)
    }
}

/// A check that waits for a server.
struct Ask {
    var job: Job
    var check: Int
    /// When it is answered without the server, on the lane's clock.
    var giveUp: Microseconds
    /// The slot of its counters in a Cluster, else 0.
    var slot = 0
    var redirects = 0
    /// A part of a check over several slots: its refusal is not remembered, and the outcomes are told that its charges
    /// have if the whole check is refused.
    var tell: (([Outcome]) -> Void)?
    /// Not a check: what is to be done with a lease, and whom to tell what became of it.
    var step: LeaseStep?
    var stepped: ((LeaseStepResult) -> Void)?
    /// To be asked with checks of its own slot only, whose keys are declared: the slot is on the move.
    var isAlone = false
    /// To be asked of the node that the slot is moving to.
    var isAsking = false

    func fitsInto(_ first: Ask) -> Bool {
        isAlone == first.isAlone && isAsking == first.isAsking && (!isAlone || slot == first.slot)
    }
}
